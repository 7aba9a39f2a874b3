import { type Code, UserError } from "../../lib/errors";

/** An object as it is now. */
export interface StoredObject {
  readonly bytes: Buffer;
  /** Opaque; equal tags mean the very same write. It is what `replace` and `remove` compare with. */
  readonly version: string;
  /** Who wrote it, where the store was told and keeps it. */
  readonly writer?: string;
}

/** One entry of an object's past. */
export interface StoredVersion {
  /** What `readVersion` takes. Not always the `version` of StoredObject: S3 has an ETag there and a version id here. */
  readonly id: string;
  readonly at: Date;
  readonly size: number;
  readonly writer?: string;
  /** True where the object was removed at this point. */
  readonly removed: boolean;
}

/** Kept with the object. */
export interface ObjectMetadata {
  readonly writer?: string;
}

/**
 * Where states and locks are kept: single objects with compare-and-swap and a past. All stores pass one conformance suite
 * (`__tests__/authority/stores/conformance.ts`).
 *
 * Every method throws StoreUnavailable on an outage, StoreTimeout where the store did not answer in time; "nothing there" is
 * an answer and never stands in for either. A mutation that ended in StoreUnavailable may have happened: read before you judge.
 */
export interface ObjectStore {
  /** The place as an operator knows it, for messages: `files in /var/lib/flywheel`. No secrets. */
  readonly description: string;

  /** The folder of keys that belong to no state, without / at its end: what belongs to the store as a whole lies there. */
  readonly ownFolder: string;

  /**
   * The object as it is now, complete; undefined where there is none. What was read once stays readable over a crash. Where the store says at
   * this moment that its bytes are those of `known`, that may be what is returned: its version is then one with the same bytes.
   */
  read(key: string, known?: StoredObject): Promise<StoredObject | undefined>;

  /** Writes where nothing is, else throws StoreConflict. Of any number of simultaneous calls exactly one succeeds. */
  create(key: string, bytes: Buffer, metadata?: ObjectMetadata): Promise<string>;

  /** Writes where the object is still exactly `expected`, else throws StoreConflict. Returns the new version. */
  replace(key: string, bytes: Buffer, expected: string, metadata?: ObjectMetadata): Promise<string>;

  /** Removes the object where it is still exactly `expected`, else throws StoreConflict. Its versions stay in the history. */
  remove(key: string, expected: string, metadata?: ObjectMetadata): Promise<void>;

  /**
   * Removes a lock that the caller has just read, and nothing that was written since; whether it was still there is not told. False, with nothing
   * removed, where that cannot be done: then `remove` can. Absent where that is as cheap.
   */
  removeSeen?(key: string, seen: StoredObject): Promise<boolean>;

  /** The object's versions, newest first, at least the newest `limit` of them; empty for a key that never was. */
  history(key: string, limit?: number): Promise<StoredVersion[]>;

  /**
   * The newest entry of the history, without its writer; undefined for a key that never was, and where the store keeps no versions or
   * does not tell them. Absent where `history` is as cheap.
   */
  newest?(key: string): Promise<Omit<StoredVersion, "writer"> | undefined>;

  /** The bytes of one version from `history`; undefined where the id names none, or a removal. */
  readVersion(key: string, id: string): Promise<Buffer | undefined>;
}

/** The object is not what the caller expected. Nothing was written. */
export class StoreConflict extends Error {
  constructor(
    readonly key: string,
    what: string,
    /** What was there when the write was refused, where the store looked. */
    readonly current?: StoredObject,
  ) {
    super(`${key}: ${what}`);
  }
}

/** What was expected of a store instead, and what to do. */
export interface StoreHints {
  readonly expected?: string;
  readonly remedy?: string;
}

/** The store can't be used, or what it holds can't be trusted. Never to be read as "nothing there". */
export class StoreUnavailable extends UserError {
  constructor(store: string, why: string, code: Code = "store-unavailable", hints: StoreHints = {}) {
    super({ code, what: oneLine(`${store}: ${why}`), ...hints });
  }
}

/** The store did not answer in time. Whether a mutation happened is unknown. */
export class StoreTimeout extends StoreUnavailable {
  constructor(store: string, why: string) {
    super(store, why, "store-timeout");
  }
}

function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, " ");
}

/** Throws TypeError for what no store accepts as a key: the empty one, more than S3's 1024 bytes, broken UTF-16. */
export function assertKey(key: string): void {
  const bytes = Buffer.from(key, "utf8");
  if (bytes.length === 0 || bytes.length > 1024 || bytes.toString("utf8") !== key) {
    throw new TypeError("an object's key is 1 to 1024 bytes of UTF-8");
  }
}
