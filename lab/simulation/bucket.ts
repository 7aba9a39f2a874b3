import { createHash } from "node:crypto";

/** What real servers do differently (S3-SERVERS.md). */
export interface Quirks {
  /** Keeps versions, and puts a delete marker where an object was removed. */
  readonly versioned: boolean;
  /** Heeds If-Match on DELETE. MinIO and gofakes3 don't. */
  readonly conditionalDelete: boolean;
  /** Takes every conditional PUT for an unconditional one: such a server must not pass `check`. */
  readonly ignoresIfNoneMatch: boolean;
  /** Takes a delete marker for an object, as versitygw does. */
  readonly markersBlock: boolean;
}

/** Measured with MinIO, and what RustFS and AWS promise in the points that matter here. */
export const usualQuirks: Quirks = {
  versioned: true,
  conditionalDelete: false,
  ignoresIfNoneMatch: false,
  markersBlock: false,
};

export interface Version {
  readonly id: string;
  readonly etag: string;
  readonly bytes: Buffer;
  readonly metadata: Readonly<Record<string, string>>;
  readonly removed: boolean;
  readonly at: Date;
}

/** The precondition of a PUT failed. */
export class Precondition extends Error {}

/** What one server holds: S3's own operations, each of them atomic, without faults. Those are the scheduler's. */
export class Bucket {
  #objects = new Map<string, Version[]>();
  #aside: Map<string, Version[]> | undefined;
  #ids = 0;
  looksUnderWay = 0;
  /** Every version that ever was, also those that were removed for good. */
  readonly everything: { readonly key: string; readonly version: Version }[] = [];

  constructor(
    readonly quirks: Quirks,
    private readonly onWrite: (key: string, now: Version | undefined, before: Version | undefined) => void = () =>
      undefined,
  ) {}

  /** The object, or undefined where there is none or a delete marker. */
  get(key: string): Version | undefined {
    const newest = this.#objects.get(key)?.at(-1);
    return newest?.removed === false ? newest : undefined;
  }

  /** The object as it really is, also while a re-created bucket stands in its place. */
  truth(key: string): Version | undefined {
    const newest = (this.#aside ?? this.#objects).get(key)?.at(-1);
    return newest?.removed === false ? newest : undefined;
  }

  /** Oldest first, delete markers too. */
  versions(key: string): readonly Version[] {
    return this.#objects.get(key) ?? [];
  }

  put(
    key: string,
    bytes: Buffer,
    options: {
      readonly ifNoneMatch?: true;
      readonly ifMatch?: string;
      readonly metadata?: Readonly<Record<string, string>>;
      readonly at: Date;
    },
  ): Version {
    const before = this.get(key);
    const isThere = before !== undefined || (this.quirks.markersBlock && this.versions(key).length > 0);
    if (options.ifNoneMatch && isThere && !this.quirks.ignoresIfNoneMatch) throw new Precondition(key);
    if (options.ifMatch !== undefined && before?.etag !== options.ifMatch) throw new Precondition(key);
    const version: Version = {
      id: this.#nextId(),
      etag: createHash("md5").update(bytes).digest("hex"),
      bytes,
      metadata: options.metadata ?? {},
      removed: false,
      at: options.at,
    };
    this.#append(key, version);
    this.#tell(key, version, before);
    return version;
  }

  /** Removes what is there now; returns the delete marker's id where versions are kept. */
  delete(key: string, at: Date, ifMatch?: string): string | undefined {
    const before = this.get(key);
    if (this.quirks.conditionalDelete && ifMatch !== undefined && before?.etag !== ifMatch) throw new Precondition(key);
    if (!this.quirks.versioned) {
      this.#objects.delete(key);
      this.#tell(key, undefined, before);
      return undefined;
    }
    const marker: Version = { id: this.#nextId(), etag: "", bytes: Buffer.alloc(0), metadata: {}, removed: true, at };
    this.#append(key, marker);
    this.#tell(key, undefined, before);
    return marker.id;
  }

  /** Removes one version for good. */
  deleteVersion(key: string, id: string): void {
    const before = this.get(key);
    this.#objects.set(
      key,
      this.versions(key).filter((version) => version.id !== id),
    );
    const now = this.get(key);
    if (now !== before) this.#tell(key, now, before);
  }

  /** A bucket of the same name, created anew: nothing is in it. The old one comes back with `restore`. */
  recreateEmpty(): void {
    this.#aside ??= this.#objects;
    this.#objects = new Map();
  }

  restore(): void {
    if (this.#aside !== undefined) this.#objects = this.#aside;
    this.#aside = undefined;
  }

  #append(key: string, version: Version): void {
    const kept = this.#objects.get(key);
    if (kept === undefined || !this.quirks.versioned) this.#objects.set(key, [version]);
    else kept.push(version);
    if (!version.removed) this.everything.push({ key, version });
  }

  #tell(key: string, now: Version | undefined, before: Version | undefined): void {
    if (this.#aside === undefined) this.onWrite(key, now, before);
  }

  #nextId(): string {
    return `v${(this.#ids += 1)}`;
  }
}
