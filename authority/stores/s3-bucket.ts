import { setTimeout as sleep } from "node:timers/promises";
import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetBucketVersioningCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { ownFolderIn } from "../../lib/config/backends/object-key";
import { StoreUnavailable } from "./object-store";
import { requireChecksum } from "./s3-checksum";
import { defaultTimeouts, s3Access, s3ClientBy, type S3Place, type S3Timeouts } from "./s3-client";
import { asUnavailable, sortFailure } from "./s3-errors";
import { type ObjectAnswer, ObjectRequests } from "./s3-request";
import { type ListedVersion, newestFirst } from "./s3-versions";
import { digestOf } from "../../lib/digests";

/** An object as S3 gave it, complete and with the bytes that were written. */
export interface S3Object {
  readonly bytes: Buffer;
  readonly etag: string;
  /** Undefined in a bucket that keeps no versions. */
  readonly versionId?: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The precondition of a write: nothing is there, or exactly this. */
export type Precondition = { readonly IfNoneMatch: "*" } | { readonly IfMatch: string };

const transientPauses = [50, 200, 800];

/**
 * The requests to one bucket that the store is made of. Reading is repeated while the server is merely busy; writing is
 * never repeated here. Reads throw StoreUnavailable; writes throw what the SDK threw, because the caller must look at it.
 */
export class S3Bucket {
  readonly description: string;
  /** The folder of what belongs to the bucket and to no state, without / at its end. */
  readonly ownFolder: string;
  /** The object that tells one bucket from another of the same name. */
  readonly identityKey: string;
  readonly #running = new Set<AbortController>();
  readonly #objects: ObjectRequests;
  readonly #open: () => S3Client;
  #client: S3Client | undefined;

  /** @throws UserError `no-credentials` where the environment names none. Nothing is asked of the server yet. */
  constructor(
    private readonly place: S3Place,
    environment: NodeJS.ProcessEnv,
    private readonly timeouts: S3Timeouts = defaultTimeouts,
  ) {
    const access = s3Access(place, environment, timeouts);
    this.#objects = new ObjectRequests(place, access);
    this.#open = () => s3ClientBy(place, access);
    this.ownFolder = ownFolderIn(place.prefix);
    this.identityKey = `${this.ownFolder}/authority.json`;
    this.description = `bucket ${place.bucket} at ${place.endpoint}`;
  }

  /** Ends what is under way and gives the connections back. */
  close(): void {
    for (const controller of this.#running) controller.abort(new Error("the store was closed"));
    this.#objects.close();
  }

  /** Runs an operation under a signal that ends it when its time is over, or the store is closed. */
  async within<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    // AbortSignal.any would keep every signal for as long as the store lives.
    const controller = new AbortController();
    const timer = setTimeout(
      () => controller.abort(Object.assign(new Error("no answer in time"), { name: "TimeoutError" })),
      this.timeouts.total,
    );
    this.#running.add(controller);
    try {
      return await run(controller.signal);
    } finally {
      clearTimeout(timer);
      this.#running.delete(controller);
    }
  }

  /** For all that is no single object: made when it is first asked. */
  get #sdk(): S3Client {
    return (this.#client ??= this.#open());
  }

  /** The object, or undefined for NoSuchKey and for a version that is not there or is a removal. */
  async get(key: string, versionId?: string): Promise<S3Object | undefined> {
    const found = await this.#get(key, versionId, undefined);
    if (found === "same")
      throw new StoreUnavailable(this.description, `reading ${key}: 304 where nothing was compared`);
    return found;
  }

  /** The same, of what is there now; `same` where the server says that its ETag is this one, and no byte was sent. */
  async getUnless(key: string, etag: string): Promise<S3Object | "same" | undefined> {
    return this.#get(key, undefined, etag);
  }

  async #get(
    key: string,
    versionId: string | undefined,
    etag: string | undefined,
  ): Promise<S3Object | "same" | undefined> {
    const headers = {
      ...(etag === undefined ? {} : { "if-none-match": etag }),
      ...(this.place.skipS3Checksum ? {} : { "x-amz-checksum-mode": "ENABLED" }),
    };
    return this.#reading(`reading ${key}`, async (signal) => {
      try {
        const answer = await this.#objects.send({ method: "GET", key, versionId, headers, signal });
        if (answer.status === 304 && etag !== undefined) return "same";
        return await this.#asObject(key, answer);
      } catch (error) {
        const failure = sortFailure(error);
        if (failure === "no-object" || (versionId !== undefined && (failure === "no-version" || isBadVersionId(error))))
          return undefined;
        throw error;
      }
    });
  }

  /** Writes once, if the precondition holds. @throws what the SDK throws. */
  async put(
    key: string,
    bytes: Buffer,
    precondition: Precondition,
    metadata: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<{ etag: string; versionId?: string }> {
    const sum = digestOf(bytes, "sha256").toString("hex");
    const kept: Record<string, string> = {};
    for (const [name, value] of Object.entries({ ...metadata, [sumName]: sum })) kept[metadataPrefix + name] = value;
    const { headers } = await this.#objects.send({
      method: "PUT",
      key,
      body: bytes,
      headers: {
        ...("IfMatch" in precondition
          ? { "if-match": precondition.IfMatch }
          : { "if-none-match": precondition.IfNoneMatch }),
        // Checked by every server since S3 began, over whatever lies between.
        "content-md5": digestOf(bytes, "md5").toString("base64"),
        "content-type": "application/json",
        ...kept,
      },
      signal,
    });
    const etag = headers["etag"];
    if (etag === undefined) throw new StoreUnavailable(this.description, `writing ${key}: an answer without an ETag`);
    return { etag, versionId: realVersion(headers[versionHeader]) };
  }

  /**
   * Removes once: with a version id exactly that version, without one whatever is there now (`etag` is sent along, but not every
   * server heeds it). Returns the id of the delete marker, where there is one. @throws what the SDK throws.
   */
  async delete(
    key: string,
    which: { readonly versionId?: string; readonly etag?: string },
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { headers } = await this.#objects.send({
      method: "DELETE",
      key,
      versionId: which.versionId,
      ...(which.etag === undefined ? {} : { headers: { "if-match": which.etag } }),
      signal,
    });
    return headers["x-amz-delete-marker"] === "true" ? realVersion(headers[versionHeader]) : undefined;
  }

  /** The versions of exactly this key, newest first; with `limit` only so many of the newest. */
  async versions(key: string, limit = Number.POSITIVE_INFINITY): Promise<ListedVersion[]> {
    return this.#reading(`listing the versions of ${key}`, (signal) => this.#listVersions(key, limit, signal));
  }

  /** The same; undefined where these credentials may not list versions, or the server knows no such request. */
  async versionsIfTold(key: string, limit: number): Promise<ListedVersion[] | undefined> {
    return this.#reading(`listing the versions of ${key}`, (signal) =>
      this.#listVersions(key, limit, signal).catch((error: unknown) => {
        if (isNotTold(error)) return undefined;
        throw error;
      }),
    );
  }

  async #listVersions(key: string, limit: number, signal: AbortSignal): Promise<ListedVersion[]> {
    const found: ListedVersion[] = [];
    let position: { KeyMarker?: string; VersionIdMarker?: string } = {};
    for (;;) {
      const page = await this.#sdk.send(
        new ListObjectVersionsCommand({
          Bucket: this.place.bucket,
          Prefix: key,
          MaxKeys: Math.min(limit + 1, 1000),
          ...position,
        }),
        { abortSignal: signal },
      );
      const versions = (page.Versions ?? []).map((version) => ({ ...version, removed: false }));
      const markers = (page.DeleteMarkers ?? []).map((marker) => ({ ...marker, Size: 0, removed: true }));
      const entries = [...versions, ...markers];
      const own = entries.filter((entry) => entry.Key === key);
      for (const { VersionId = "null", LastModified = new Date(0), Size = 0, IsLatest = false, removed } of own)
        found.push({ id: VersionId, at: LastModified, size: Size, removed, isLatest: IsLatest });
      // Keys come in order, and a key before all that it is a prefix of.
      const past = entries.length > own.length;
      if (page.IsTruncated !== true || past || found.length >= limit) return newestFirst(found);
      position = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
    }
  }

  /** The metadata of one version; nothing where it cannot be had. */
  async metadata(key: string, versionId: string): Promise<Readonly<Record<string, string>>> {
    return this.#reading(`reading the metadata of ${key}`, async (signal) => {
      const { Metadata = {} } = await this.#sdk.send(
        new HeadObjectCommand({ ...this.#object(key), VersionId: versionId }),
        { abortSignal: signal },
      );
      return Metadata;
    });
  }

  /**
   * Asks for the bucket itself and lists it, in a shared one below the prefix alone: an index that is lost shows here, whatever single
   * objects answer.
   */
  async requireThere(): Promise<void> {
    // The listing first: a HEAD has no body, so it could not say NoSuchBucket.
    await this.#reading("listing the bucket", (signal) =>
      this.#sdk.send(new ListObjectsV2Command({ ...this.#listed(), MaxKeys: 1 }), { abortSignal: signal }),
    );
    // A HEAD is about the whole bucket, and so is the right to it.
    if (this.#listed().Prefix !== undefined) return;
    await this.#reading("heading the bucket", (signal) =>
      this.#sdk.send(new HeadBucketCommand({ Bucket: this.place.bucket }), { abortSignal: signal }),
    );
  }

  /** Every object of the bucket, in a shared one below the prefix, as it is now. */
  async list(): Promise<readonly { readonly key: string; readonly size: number }[]> {
    const found: { key: string; size: number }[] = [];
    for (let token: string | undefined; ;) {
      const page = await this.#reading("listing the bucket", (signal) =>
        this.#sdk.send(new ListObjectsV2Command({ ...this.#listed(), ContinuationToken: token }), {
          abortSignal: signal,
        }),
      );
      for (const { Key, Size = 0 } of page.Contents ?? []) if (Key !== undefined) found.push({ key: Key, size: Size });
      if (page.IsTruncated !== true) return found;
      token = page.NextContinuationToken;
    }
  }

  /** Whether the bucket keeps versions: `Enabled`, `Suspended`, or undefined where that was never set. */
  async versioning(): Promise<string | undefined> {
    const { Status } = await this.#reading("asking for versioning", (signal) =>
      this.#sdk.send(new GetBucketVersioningCommand({ Bucket: this.place.bucket }), { abortSignal: signal }),
    );
    return Status;
  }

  /** Whether this key may put an object there, by an upload of parts that is begun and given up: no object is touched by it. */
  async mayPut(key: string): Promise<boolean> {
    return this.within(async (abortSignal) => {
      let UploadId: string | undefined;
      try {
        ({ UploadId } = await this.#sdk.send(new CreateMultipartUploadCommand(this.#object(key)), { abortSignal }));
      } catch (error) {
        if (error instanceof S3ServiceException && error.name === "AccessDenied") return false;
        throw asUnavailable(this.description, `asking whether ${key} may be written`, error);
      }
      await this.#sdk.send(new AbortMultipartUploadCommand({ ...this.#object(key), UploadId }), { abortSignal });
      return true;
    });
  }

  #listed(): { Bucket: string; Prefix?: string } {
    const { bucket, prefix } = this.place;
    return prefix === undefined || prefix === "" ? { Bucket: bucket } : { Bucket: bucket, Prefix: `${prefix}/` };
  }

  #object(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.place.bucket, Key: key };
  }

  async #reading<T>(action: string, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.within(async (signal) => {
      for (let attempt = 0; ; attempt += 1) {
        try {
          return await run(signal);
        } catch (error) {
          const pause = transientPauses[attempt];
          if (signal.aborted || pause === undefined || sortFailure(error) !== "again")
            throw asUnavailable(this.description, action, signal.aborted ? signal.reason : error);
          await sleep(pause);
        }
      }
    });
  }

  /** What an answer brought, complete and with the bytes that were written. */
  async #asObject(key: string, { headers, body }: ObjectAnswer): Promise<S3Object> {
    const etag = headers["etag"];
    if (etag === undefined) throw new StoreUnavailable(this.description, `reading ${key}: an answer without an ETag`);
    const metadata: Record<string, string> = {};
    for (const [name, value] of Object.entries(headers))
      if (name.startsWith(metadataPrefix)) metadata[name.slice(metadataPrefix.length)] = value;
    const announced = headers["content-length"];
    if (announced !== undefined && Number(announced) !== body.length)
      throw new StoreUnavailable(this.description, `reading ${key}: ${body.length} bytes came of ${announced}`);
    const sum = metadata[sumName];
    if (sum !== undefined && sum !== digestOf(body, "sha256").toString("hex"))
      throw new StoreUnavailable(
        this.description,
        `reading ${key}: its bytes are not the ones that were written (sha256)`,
      );
    if (sum === undefined) await requireChecksum(headers, body);
    return { bytes: body, etag, versionId: realVersion(headers[versionHeader]), metadata };
  }
}

const metadataPrefix = "x-amz-meta-";
const versionHeader = "x-amz-version-id";
const sumName = "flywheel-sha256";

/** Servers disagree on how an id that cannot be one is refused. */
function isBadVersionId(error: unknown): boolean {
  return (
    typeof error === "object" &&
    error !== null &&
    "name" in error &&
    (error.name === "InvalidArgument" || error.name === "NoSuchVersion")
  );
}

function isNotTold(error: unknown): boolean {
  return error instanceof S3ServiceException && (error.name === "AccessDenied" || error.name === "NotImplemented");
}

/** Buckets without versioning, or with it suspended, answer "null" or nothing. */
function realVersion(id: string | undefined): string | undefined {
  return id === undefined || id === "" || id === "null" ? undefined : id;
}
