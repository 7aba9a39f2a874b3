import { S3ServiceException } from "@aws-sdk/client-s3";
import { lockSuffix } from "../../authority/state/lock-info";
import {
  assertKey,
  StoreConflict,
  StoreTimeout,
  StoreUnavailable,
  type ObjectMetadata,
  type ObjectStore,
  type StoredObject,
  type StoredVersion,
} from "../../authority/stores/object-store";
import { summarizeState } from "../../authority/state/state-summary";
import { ownFolder } from "../../lib/config/backends/object-key";
import { S3Bucket, type S3Object } from "../../authority/stores/s3-bucket";
import { BucketIdentity } from "../../authority/stores/s3-identity";
import { bury, removeVersion } from "../../authority/stores/s3-remove";
import { type ListedVersion } from "../../authority/stores/s3-versions";
import { type Bucket, Precondition, type Version } from "./bucket";
import { type Fault, type Scheduler, type Task } from "./scheduler";

const readFaults: readonly Fault[] = ["die-before", "outage"];
const writeFaults: readonly Fault[] = ["die-before", "die-after", "outage", "lost", "late"];
const conflict = "is not the version that was expected";

/** Who asks which server, under which scheduler. */
interface Connection {
  readonly scheduler: Scheduler;
  readonly task: Task;
  readonly bucket: Bucket;
  readonly name: string;
}

/** One request as a step of the schedule. */
export function ask<T>(
  { scheduler, task, name }: Connection,
  label: string,
  isWrite: boolean,
  effect: () => T,
  faults = isWrite ? writeFaults : readFaults,
): Promise<T> {
  return scheduler.operate(task, {
    label: `${label} at ${name}`,
    faults,
    effect,
    failure: (mayHaveHappened) =>
      mayHaveHappened
        ? new StoreTimeout(name, `${label}: no answer in time`)
        : new StoreUnavailable(name, `${label}: SlowDown (503)`),
  });
}

/** A store whose every operation is one atomic step: a directory of one machine (`serve --store file`). */
export function atomicStore(connection: Connection): ObjectStore {
  const { bucket, task } = connection;
  const expect = (key: string, expected: string): Version => {
    const current = bucket.get(key);
    if (current === undefined || current.id !== expected) throw new StoreConflict(key, conflict);
    return current;
  };
  const put = (key: string, bytes: Buffer, writer: string | undefined) =>
    bucket.put(key, bytes, { at: task.clock.now(), metadata: writer === undefined ? {} : { writer } }).id;
  return {
    description: connection.name,
    ownFolder,
    read: (key) => ask(connection, `read ${key}`, false, () => stored(bucket.get(key), (version) => version.id)),
    create: (key, bytes, { writer } = {}) =>
      ask(connection, `create ${key}`, true, () => {
        if (bucket.get(key) !== undefined && !bucket.quirks.ignoresIfNoneMatch)
          throw new StoreConflict(key, "is there already");
        return put(key, bytes, writer);
      }),
    replace: (key, bytes, expected, { writer } = {}) =>
      ask(connection, `replace ${key}`, true, () => {
        expect(key, expected);
        return put(key, bytes, writer);
      }),
    remove: (key, expected) =>
      ask(connection, `remove ${key}`, true, () => {
        expect(key, expected);
        bucket.delete(key, task.clock.now());
      }),
    history: (key) => ask(connection, `list ${key}`, false, () => listed(bucket.versions(key))),
    readVersion: (key, id) =>
      ask(
        connection,
        `read version of ${key}`,
        false,
        () => bucket.versions(key).find((version) => version.id === id && !version.removed)?.bytes,
      ),
  };
}

/** The shipped requests are what the shipped removal and identity work with; here they go to the simulated server. */
class SimulatedRequests extends S3Bucket {
  constructor(private readonly connection: Connection) {
    super(
      { endpoint: "http://simulated", bucket: connection.name, region: "us-east-1", skipS3Checksum: true },
      { AWS_ACCESS_KEY_ID: "simulated", AWS_SECRET_ACCESS_KEY: "simulated" },
    );
  }

  override within<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return run(neverAborted);
  }

  override get(key: string): Promise<S3Object | undefined> {
    return ask(this.connection, `get ${key}`, false, () => {
      const found = this.connection.bucket.get(key);
      return found && asObject(found, this.connection.bucket);
    });
  }

  override delete(
    key: string,
    which: { readonly versionId?: string; readonly etag?: string },
  ): Promise<string | undefined> {
    const { bucket, task } = this.connection;
    return ask(this.connection, `delete ${key}`, true, () => {
      if (which.versionId !== undefined) {
        bucket.deleteVersion(key, which.versionId);
        return undefined;
      }
      try {
        return bucket.delete(key, task.clock.now(), which.etag);
      } catch (error) {
        if (!(error instanceof Precondition)) throw error;
        throw new S3ServiceException({
          name: "PreconditionFailed",
          $fault: "client",
          $metadata: { httpStatusCode: 412 },
        });
      }
    });
  }

  override versions(key: string): Promise<ListedVersion[]> {
    return ask(this.connection, `list ${key}`, false, () =>
      listed(this.connection.bucket.versions(key)).map((version, index) => ({ ...version, isLatest: index === 0 })),
    );
  }
}

/**
 * S3Store over the simulated server, request by request: its removal and its identity are the shipped code itself; writing and
 * reading follow S3Store line by line (that class makes its own connections and so can't be used here).
 */
export class SimulatedS3Store implements ObjectStore {
  readonly description: string;
  readonly ownFolder: string;
  readonly #requests: SimulatedRequests;
  readonly #identity: BucketIdentity;
  readonly #ownLocks = new WeakMap<StoredObject, string>();

  constructor(
    private readonly connection: Connection,
    authority?: string,
  ) {
    this.description = connection.name;
    this.#requests = new SimulatedRequests(connection);
    this.ownFolder = this.#requests.ownFolder;
    this.#identity = new BucketIdentity(this.#requests, authority, connection.task.clock);
  }

  async read(key: string): Promise<StoredObject | undefined> {
    await this.#identity.requireRecent();
    const object = await this.#requests.get(key);
    if (object === undefined) await this.#look();
    if (object === undefined) return undefined;
    const stored = { bytes: object.bytes, version: versionOf(object) };
    const lockVersion = ownLockVersion(key, object);
    if (lockVersion !== undefined) this.#ownLocks.set(stored, lockVersion);
    return stored;
  }

  create(key: string, bytes: Buffer, metadata: ObjectMetadata = {}): Promise<string> {
    return this.#put(key, bytes, { ifNoneMatch: true }, metadata, "is there already");
  }

  replace(key: string, bytes: Buffer, expected: string, metadata: ObjectMetadata = {}): Promise<string> {
    return this.#put(key, bytes, { ifMatch: expected.split(" ")[0] ?? expected }, metadata, conflict);
  }

  async remove(key: string, expected: string): Promise<void> {
    assertKey(key);
    await this.#identity.requireRecent();
    const current = await this.#requests.get(key);
    if (current === undefined) await this.#identity.requireNow();
    if (current === undefined || versionOf(current) !== expected) throw new StoreConflict(key, conflict);
    const lockVersion = ownLockVersion(key, current);
    if (lockVersion !== undefined && (await removeVersion(this.#requests, key, lockVersion))) return;
    if (current.versionId === undefined && typeof summarizeState(current.bytes) !== "string")
      throw new StoreUnavailable(
        this.description,
        `${key} is a state, and the bucket keeps no versions`,
        "bucket-not-versioned",
      );
    await bury(this.#requests, key, current);
  }

  async removeSeen(key: string, seen: StoredObject): Promise<boolean> {
    const versionId = this.#ownLocks.get(seen);
    if (versionId === undefined) return false;
    await this.#identity.requireRecent();
    return removeVersion(this.#requests, key, versionId);
  }

  history(key: string): Promise<StoredVersion[]> {
    return ask(this.connection, `list ${key}`, false, () => listed(this.connection.bucket.versions(key)));
  }

  readVersion(key: string, id: string): Promise<Buffer | undefined> {
    return ask(
      this.connection,
      `get version of ${key}`,
      false,
      () => this.connection.bucket.versions(key).find((version) => version.id === id && !version.removed)?.bytes,
    );
  }

  async #look(): Promise<void> {
    this.connection.bucket.looksUnderWay += 1;
    try {
      await this.#identity.requireNow();
    } finally {
      this.connection.bucket.looksUnderWay -= 1;
    }
  }

  async #put(
    key: string,
    bytes: Buffer,
    precondition: { readonly ifNoneMatch?: true; readonly ifMatch?: string },
    { writer }: ObjectMetadata,
    refusal: string,
  ): Promise<string> {
    assertKey(key);
    await this.#identity.requireRecent();
    const { bucket, task } = this.connection;
    const token = task.clock.uniqueId();
    const metadata = {
      "flywheel-write": token,
      ...(precondition.ifNoneMatch === true ? { "flywheel-created": "yes" } : {}),
      ...(writer === undefined ? {} : { "flywheel-writer": writer }),
    };
    try {
      const version = await ask(this.connection, `put ${key}`, true, () =>
        bucket.put(key, bytes, { ...precondition, metadata, at: task.clock.now() }),
      );
      return versionOf(asObject(version, bucket));
    } catch (error) {
      if (error instanceof Precondition) throw new StoreConflict(key, refusal);
      if (!(error instanceof StoreTimeout)) throw error;
      const current = await this.#requests.get(key);
      if (current === undefined) await this.#identity.requireNow();
      if (current !== undefined && current.metadata["flywheel-write"] === token) return versionOf(current);
      throw error;
    }
  }
}

const neverAborted = new AbortController().signal;

function asObject(version: Version, { quirks }: Bucket): S3Object {
  return {
    bytes: version.bytes,
    etag: version.etag,
    metadata: version.metadata,
    ...(quirks.versioned ? { versionId: version.id } : {}),
  };
}

function ownLockVersion(key: string, { metadata, versionId }: S3Object): string | undefined {
  return key.endsWith(lockSuffix) && metadata["flywheel-created"] === "yes" ? versionId : undefined;
}

function versionOf({ etag, versionId }: Pick<S3Object, "etag" | "versionId">): string {
  return versionId === undefined ? etag : `${etag} ${versionId}`;
}

function stored(found: Version | undefined, version: (found: Version) => string): StoredObject | undefined {
  return found && { bytes: Buffer.from(found.bytes), version: version(found) };
}

function listed(versions: readonly Version[]): StoredVersion[] {
  return [...versions].reverse().map(({ id, at, bytes, removed }) => ({ id, at, size: bytes.length, removed }));
}
