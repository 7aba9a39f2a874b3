import { Hiccups } from "./hiccups";
import { type S3Bucket } from "../stores/s3-bucket";
import { asUnavailable, sortFailure } from "../stores/s3-errors";
import { lockSuffix } from "../state/lock-info";
import { type Clock } from "../clock";
import { checkLine, type CheckLine } from "./line";
import {
  lockRace,
  lockNotExclusive,
  deleteMarkerBlocksLock,
  lockNotTakenAgain,
  notThere,
  ifMatchIgnored,
  ifMatchBroken,
} from "./refusals";

interface LockingProofOptions {
  readonly bucket: S3Bucket;
  readonly clock: Clock;
  /** How many clients try to take the lock at once. @default 8 */
  readonly writers?: number;
}

/**
 * Proves on an object of its own that a lock in this bucket is a lock, with the very requests that the engines' `use_lockfile`
 * makes: a conditional PUT to take it, a plain DELETE to give it back. What a server says of itself proves nothing: some accept
 * every conditional PUT, some count a delete marker as an object. Nothing of it stays.
 */
export async function lockingProof({ bucket, clock, writers = 8 }: LockingProofOptions): Promise<readonly CheckLine[]> {
  const key = `${bucket.ownFolder}/probe/${clock.uniqueId()}${lockSuffix}`;
  const body = (name: string) => Buffer.from(JSON.stringify({ ID: name, Operation: "probe", Who: "flywheel probe" }));
  const hiccups = new Hiccups();
  const attempt = (request: (signal: AbortSignal) => Promise<unknown>) => attemptIn(bucket, hiccups, request);
  const create = (name: string) => attempt((signal) => bucket.put(key, body(name), { IfNoneMatch: "*" }, {}, signal));
  try {
    const race = await checkLine("lock: one winner", async () => {
      const taken = await Promise.all(Array.from({ length: writers }, (_, index) => create(`racer-${index}`)));
      const winners = taken.filter((won) => won).length;
      if (winners !== 1) throw lockRace(winners, writers);
      return `one of ${writers} simultaneous creates won${hiccups.take()}`;
    });
    const second = await checkLine("lock: held", async () => {
      if (await create("late")) throw lockNotExclusive();
      return `a second create is refused${hiccups.take()}`;
    });
    const again = await checkLine("lock: taken again", async () => {
      await attempt((signal) => bucket.delete(key, {}, signal));
      if (await create("again")) return `create after delete works${hiccups.take()}`;
      const [newest] = await bucket.versions(key, 1);
      if (newest?.removed === true) {
        throw deleteMarkerBlocksLock();
      }
      throw lockNotTakenAgain();
    });
    const compare = await checkLine("write: If-Match", async () => {
      const current = await bucket.get(key);
      if (current === undefined) throw notThere();
      const put = (etag: string, name: string) =>
        attempt((signal) => bucket.put(key, body(name), { IfMatch: etag }, {}, signal));
      if (await put('"00000000000000000000000000000000"', "stale")) throw ifMatchIgnored();
      if (!(await put(current.etag, "fresh"))) throw ifMatchBroken();
      return `a stale write is refused, a fresh one works${hiccups.take()}`;
    });
    return [race, second, again, compare];
  } finally {
    await removeVersions(bucket, key);
  }
}

/** True where the server did it, false where it said that the condition does not hold. @throws StoreUnavailable for anything else. */
async function attemptIn(
  bucket: S3Bucket,
  hiccups: Hiccups,
  request: (signal: AbortSignal) => Promise<unknown>,
): Promise<boolean> {
  for (let again = 0; ; again += 1) {
    const started = process.hrtime.bigint();
    try {
      await bucket.within(request);
      return true;
    } catch (error) {
      const failure = sortFailure(error);
      if (failure === "precondition") return false;
      if (failure === "again") hiccups.add(error, Number(process.hrtime.bigint() - started) / 1e6);
      // 409 and 503 in a race mean: try again.
      if (failure !== "again" || again >= 5) throw asUnavailable(bucket.description, "probing the lock", error);
      await new Promise((resolve) => setTimeout(resolve, 20 * 2 ** again));
    }
  }
}

/** Removes every version and marker of an object that is a check's own. What can't be removed is harmless: nobody else uses the name. */
export async function removeVersions(bucket: S3Bucket, key: string): Promise<void> {
  try {
    const versions = await bucket.versions(key);
    for (const { id } of versions)
      await bucket.within((signal) => bucket.delete(key, id === "null" ? {} : { versionId: id }, signal));
    if (versions.length === 0) await bucket.within((signal) => bucket.delete(key, {}, signal));
  } catch {
    // The lines above have told what the server can't do.
  }
}
