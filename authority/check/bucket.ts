import { type ObjectStore } from "../stores/object-store";
import { type S3Bucket } from "../stores/s3-bucket";
import { type Clock } from "../clock";
import { readIdentity } from "../stores/s3-identity";
import { checkLine, type CheckLine } from "./line";
import { asUnavailable, isNotAllowed } from "../stores/s3-errors";
import { lockingProof, removeVersions } from "./locking-proof";
import { notReadBack, notRemoved, otherBucket, versioningOff } from "./refusals";

interface BucketCheckOptions {
  readonly bucket: S3Bucket;
  readonly store: ObjectStore;
  /** `state.s3.authority`. */
  readonly authority?: string;
  readonly clock: Clock;
  readonly writers?: number;
  /** Writes nothing: what that leaves unproven is a note. */
  readonly readOnly?: boolean;
}

/** Checks the bucket itself, before any state in it: there, the right one, keeping versions, readable after a write, lockable. */
export async function checkBucket(options: BucketCheckOptions): Promise<readonly CheckLine[]> {
  const { bucket, store, authority, clock } = options;
  const there = await checkLine("bucket", async () => {
    await bucket.requireThere();
    return `${bucket.description} answers and lists`;
  });
  // Where the bucket does not answer, no other line can tell more.
  if (there.status === "failed") return [there];
  const [identity, versioning, roundTrip, proof] = await Promise.all([
    checkLine("identity", async () => {
      const found = await readIdentity(bucket);
      if (authority === undefined)
        return {
          note:
            found === undefined
              ? "the bucket has no identity: flywheel register --authority gives it one"
              : `state.s3.authority is not set; the bucket is ${found}`,
        };
      if (found !== authority) throw otherBucket(found, authority);
      return authority;
    }),
    checkLine("versioning", async () => {
      const status = await bucket.versioning().catch((error: unknown) => {
        if (isNotAllowed(error)) return "not looked at";
        throw error;
      });
      if (status === "not looked at")
        return options.readOnly === true
          ? { note: "not looked at: this key may not ask, and --read-only writes nothing that would show it" }
          : versioningByWrite(bucket, clock);
      if (status === "Enabled") return "on: earlier states stay";
      throw versioningOff(status);
    }),
    checkLine("write and read back", async () =>
      options.readOnly === true ? unproven : writeAndReadBack(store, clock),
    ),
    options.readOnly === true
      ? Promise.all([checkLine("lock", async () => unproven)])
      : lockingProof({ bucket, clock, ...(options.writers === undefined ? {} : { writers: options.writers }) }),
  ]);
  return [there, identity, versioning, roundTrip, ...proof];
}

const unproven = { note: "not proven: --read-only writes nothing" };

/** Where the question itself is not allowed, as in a shared bucket: what a write is told of its version shows it. */
async function versioningByWrite(bucket: S3Bucket, clock: Clock): Promise<string> {
  const key = `${bucket.ownFolder}/probe/${clock.uniqueId()}`;
  try {
    const bytes = Buffer.from("whether this bucket keeps versions");
    const { versionId } = await bucket
      .within((signal) => bucket.put(key, bytes, { IfNoneMatch: "*" }, {}, signal))
      .catch((error: unknown) => {
        throw asUnavailable(bucket.description, `writing ${key}`, error);
      });
    if (versionId === undefined) throw versioningOff("off: a write got no version id");
    return "on: a write got a version id";
  } finally {
    await removeVersions(bucket, key);
  }
}

async function writeAndReadBack(store: ObjectStore, clock: Clock): Promise<string> {
  const key = `${store.ownFolder}/probe/${clock.uniqueId()}`;
  const bytes = Buffer.from(`${clock.now().toISOString()} `.repeat(100));
  await store.create(key, bytes);
  const read = await store.read(key);
  if (read === undefined || !read.bytes.equals(bytes)) throw notReadBack();
  await store.remove(key, read.version);
  if ((await store.read(key)) !== undefined) throw notRemoved();
  return `${bytes.length} bytes written, read back and removed`;
}
