import { setTimeout as sleep } from "node:timers/promises";
import { lockSuffix } from "../state/lock-info";
import {
  assertKey,
  StoreConflict,
  StoreUnavailable,
  type ObjectMetadata,
  type ObjectStore,
  type StoredObject,
  type StoredVersion,
} from "./object-store";
import { summarizeState } from "../state/state-summary";
import { systemClock, type Clock } from "../clock";
import { type Precondition, S3Bucket, type S3Object } from "./s3-bucket";
import { defaultTimeouts, type S3Place, type S3Timeouts } from "./s3-client";
import { asUnavailable, mayHaveHappened, sortFailure } from "./s3-errors";
import { BucketIdentity, readIdentity } from "./s3-identity";
import { bury, removeVersion } from "./s3-remove";
import { bucketNotVersioned } from "./refusals";

export interface S3StoreOptions extends S3Place {
  /** `state.s3.authority`: the identity that the bucket must have. Default: not looked at. */
  readonly authority?: string;
  /** Where credentials come from. */
  readonly environment: NodeJS.ProcessEnv;
  /** Default: `defaultTimeouts`. */
  readonly timeouts?: S3Timeouts;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

interface Put {
  readonly key: string;
  readonly bytes: Buffer;
  readonly precondition: Precondition;
  readonly metadata: Readonly<Record<string, string>>;
  /** What a StoreConflict says. */
  readonly conflict: string;
}

/** How many of the newest versions `history` asks for their writer: S3 lists no metadata, so each costs a request. */
const writersInHistory = 64;
const headsAtOnce = 8;
const pauses = [20, 100, 500];

/**
 * Objects in a bucket of any S3-compatible server, the same objects that the engines' s3 backend reads, writes and locks.
 *
 * Writes are conditional on the server (If-None-Match, If-Match) and carry a token of their own, so that a repetition which
 * meets its own first attempt, ours or a proxy's, is known from somebody else's write, even one of the same bytes.
 *
 * A removal cannot be conditional everywhere (MinIO ignores If-Match on DELETE). So the object is compared first, and then
 * - a lock object in a versioned bucket is removed by its version id: that can't hit a lock that was taken meanwhile. It leaves
 *   neither version nor delete marker, so locks have no history here;
 * - another object in a versioned bucket gets a delete marker; if that buried a write which came in between, the marker is taken
 *   back at once and the call is a StoreConflict;
 * - in a bucket without versions a write between comparing and removing is lost, unless the server heeds If-Match. States are
 *   therefore never removed there.
 */
export class S3Store implements ObjectStore {
  readonly description: string;
  readonly ownFolder: string;
  readonly #bucket: S3Bucket;
  readonly #identity: BucketIdentity;
  readonly #clock: Clock;
  /** The version ids of locks that were read, where such a version can be removed alone. */
  readonly #ownLocks = new WeakMap<StoredObject, string>();

  /** @throws UserError `no-credentials` where the environment has none. Nothing is asked of the server yet. */
  constructor(options: S3StoreOptions) {
    const timeouts = options.timeouts ?? defaultTimeouts;
    this.#clock = options.clock ?? systemClock;
    this.#bucket = new S3Bucket(options, options.environment, timeouts);
    this.#identity = new BucketIdentity(this.#bucket, options.authority, this.#clock);
    this.description = this.#bucket.description;
    this.ownFolder = this.#bucket.ownFolder;
  }

  /** Ends what is under way; the store is of no use afterwards. */
  close(): void {
    this.#bucket.close();
  }

  async read(key: string, known?: StoredObject): Promise<StoredObject | undefined> {
    assertKey(key);
    await this.#identity.requireRecent();
    let object = await (known === undefined
      ? this.#bucket.get(key)
      : this.#bucket.getUnless(key, etagOf(known.version)));
    if (object === "same") return known;
    if (object === undefined && this.#identity.isExpected) {
      // An index that came back between the two answers would make this "nothing there": only what is missing beside the right
      // identity is.
      await this.#identity.requireNow();
      object = await this.#bucket.get(key);
    }
    return object && this.#asSeen(key, object);
  }

  async create(key: string, bytes: Buffer, metadata: ObjectMetadata = {}): Promise<string> {
    return this.#put(key, bytes, { IfNoneMatch: "*" }, metadata, "is there already");
  }

  async replace(key: string, bytes: Buffer, expected: string, metadata: ObjectMetadata = {}): Promise<string> {
    return this.#put(key, bytes, { IfMatch: etagOf(expected) }, metadata, "is not the version that was expected");
  }

  async remove(key: string, expected: string): Promise<void> {
    assertKey(key);
    await this.#identity.requireRecent();
    const current = await this.#bucket.get(key);
    if (current === undefined) await this.#identity.requireNow();
    if (current === undefined || versionOf(current) !== expected)
      throw new StoreConflict(key, "is not the version that was expected");
    const lockVersion = ownLockVersion(key, current);
    if (lockVersion !== undefined && (await removeVersion(this.#bucket, key, lockVersion))) return;
    if (current.versionId === undefined && typeof summarizeState(current.bytes) !== "string") {
      throw bucketNotVersioned(this.description, key);
    }
    await bury(this.#bucket, key, current);
  }

  async removeSeen(key: string, seen: StoredObject): Promise<boolean> {
    const versionId = this.#ownLocks.get(seen);
    if (versionId === undefined) return false;
    await this.#identity.requireRecent();
    return removeVersion(this.#bucket, key, versionId);
  }

  async history(key: string, limit?: number): Promise<StoredVersion[]> {
    assertKey(key);
    await this.#identity.requireRecent();
    const listed = await this.#bucket.versions(key, limit);
    if (listed.length === 0) await this.#identity.requireNow();
    const found: StoredVersion[] = listed.map(({ id, at, size, removed }) => ({ id, at, size, removed }));
    for (let start = 0; start < Math.min(found.length, writersInHistory); start += headsAtOnce) {
      const some = found.slice(start, start + headsAtOnce);
      const writers = await Promise.all(
        some.map(async ({ id, removed }) =>
          removed ? undefined : decodeWriter({ metadata: await this.#bucket.metadata(key, id) }),
        ),
      );
      some.forEach((version, index) => (found[start + index] = { ...version, writer: writers[index] }));
    }
    return found;
  }

  async newest(key: string): Promise<Omit<StoredVersion, "writer"> | undefined> {
    assertKey(key);
    await this.#identity.requireRecent();
    const [newest] = (await this.#bucket.versionsIfTold(key, 1)) ?? [];
    if (newest === undefined) await this.#identity.requireNow();
    return newest;
  }

  async readVersion(key: string, id: string): Promise<Buffer | undefined> {
    assertKey(key);
    await this.#identity.requireRecent();
    return (await this.#bucket.get(key, id))?.bytes;
  }

  /** The bucket's identity; undefined where it was given none. */
  async identity(): Promise<string | undefined> {
    return readIdentity(this.#bucket);
  }

  /** Gives the bucket an identity, unless it has one; returns the one it has then. Of simultaneous calls one wins and all agree. */
  async giveIdentity(): Promise<{ authority: string; isNew: boolean }> {
    const authority = this.#clock.uniqueId();
    const document = {
      authority,
      created: this.#clock.now().toISOString(),
      about: "The identity of this bucket, for state.s3.authority in organization.yaml. Do not remove.",
    };
    try {
      await this.#put(
        this.#bucket.identityKey,
        Buffer.from(`${JSON.stringify(document, null, 2)}\n`),
        { IfNoneMatch: "*" },
        {},
        "is there already",
      );
      return { authority, isNew: true };
    } catch (error) {
      if (!(error instanceof StoreConflict)) throw error;
    }
    const found = await this.identity();
    if (found === undefined)
      throw new StoreUnavailable(this.description, `${this.#bucket.identityKey} can't be created, and is not there`);
    return { authority: found, isNew: false };
  }

  /**
   * Writes with a token, and repeats while the server only says "not now": whichever attempt came through, the token shows it.
   * @throws StoreConflict only where nothing was written; StoreUnavailable where that is unknown.
   */
  async #put(
    key: string,
    bytes: Buffer,
    precondition: Precondition,
    { writer }: ObjectMetadata,
    conflict: string,
  ): Promise<string> {
    assertKey(key);
    if (key !== this.#bucket.identityKey) await this.#identity.requireRecent();
    const metadata: Record<string, string> = { [tokenName]: this.#clock.uniqueId() };
    if ("IfNoneMatch" in precondition) metadata[createdName] = "yes";
    if (writer !== undefined) metadata[writerName] = encodeWriter(writer);
    return this.#bucket.within(async (signal) =>
      this.#putWithin(signal, { key, bytes, precondition, metadata, conflict }),
    );
  }

  async #putWithin(signal: AbortSignal, { key, bytes, precondition, metadata, conflict }: Put): Promise<string> {
    let unknown = false;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return versionOf(await this.#bucket.put(key, bytes, precondition, metadata, signal));
      } catch (error) {
        const failure = sortFailure(error);
        unknown ||= mayHaveHappened(error);
        const pause = pauses[attempt];
        // What is there decides at once: a create over it can only wait for the same answer. RustFS, asked for one lock by many,
        // takes 5 s for each of its 500s.
        const isTaken = failure === "again" && "IfNoneMatch" in precondition && (await this.#isThere(key));
        if (failure === "again" && !isTaken && pause !== undefined && !signal.aborted) {
          await sleep(pause);
          continue;
        }
        const isAnswer = failure === "precondition" || failure === "no-object" || isTaken;
        if (!isAnswer && !unknown) throw asUnavailable(this.description, `writing ${key}`, error);
        const current = await this.#readBack(key);
        if (current !== undefined && current.metadata[tokenName] === metadata[tokenName]) return versionOf(current);
        if (isAnswer && !unknown) throw new StoreConflict(key, conflict, current && asStored(current));
        throw asUnavailable(
          this.description,
          `writing ${key}${isAnswer ? ", which somebody else then wrote too" : ""}`,
          error,
        );
      }
    }
  }

  #asSeen(key: string, object: S3Object): StoredObject {
    const stored = asStored(object);
    const lockVersion = ownLockVersion(key, object);
    if (lockVersion !== undefined) this.#ownLocks.set(stored, lockVersion);
    return stored;
  }

  /** Whether something certainly is there; false also where that cannot be told now. */
  async #isThere(key: string): Promise<boolean> {
    return this.#bucket.get(key).then(
      (object) => object !== undefined,
      () => false,
    );
  }

  /** What is there after a write that may or may not have been ours. An outage here leaves it open, and says so. */
  async #readBack(key: string): Promise<S3Object | undefined> {
    const object = await this.#bucket.get(key);
    if (object === undefined && key !== this.#bucket.identityKey) await this.#identity.requireNow();
    return object;
  }
}

const tokenName = "flywheel-write";
const createdName = "flywheel-created";
const writerName = "flywheel-writer";
const writerLimit = 256;

/** The version of a lock that was created: below it there is nothing or a delete marker, so taking it away brings nothing back. */
function ownLockVersion(key: string, { metadata, versionId }: S3Object): string | undefined {
  return key.endsWith(lockSuffix) && metadata[createdName] === "yes" ? versionId : undefined;
}

/** Metadata travels as HTTP headers: ASCII only. */
function encodeWriter(writer: string): string {
  return encodeURIComponent(Buffer.from(writer.slice(0, writerLimit)).toString());
}

function decodeWriter({ metadata }: Pick<S3Object, "metadata">): string | undefined {
  const text = metadata[writerName];
  if (text === undefined) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function asStored(object: S3Object): StoredObject {
  return { bytes: object.bytes, version: versionOf(object), writer: decodeWriter(object) };
}

/** The ETag alone would be the same for the same bytes; with the version id it is of one write. */
function versionOf({ etag, versionId }: Pick<S3Object, "etag" | "versionId">): string {
  return versionId === undefined ? etag : `${etag} ${versionId}`;
}

function etagOf(version: string): string {
  return version.split(" ")[0] ?? version;
}
