import { setTimeout as sleep } from "node:timers/promises";
import { S3ServiceException } from "@aws-sdk/client-s3";
import { StoreConflict } from "./object-store";
import { type S3Bucket, type S3Object } from "./s3-bucket";
import { asUnavailable, sortFailure } from "./s3-errors";

const pauses = [20, 100, 500];
const conflict = "is not the version that was expected";

/**
 * Removes exactly one version, for good; what was written over it meanwhile stays. Whether it was still there is not told.
 * Returns false, having removed nothing, where a policy keeps versions.
 */
export async function removeVersion(bucket: S3Bucket, key: string, versionId: string): Promise<boolean> {
  return bucket.within(async (signal) => {
    for (let attempt = 0; ; attempt += 1) {
      try {
        await bucket.delete(key, { versionId }, signal);
        return true;
      } catch (error) {
        if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 403) return false;
        await pauseOrThrow(bucket, key, error, attempt, signal);
      }
    }
  });
}

/**
 * Puts a delete marker over the object that was just read; in a bucket without versions that removes it. If that hit a write which
 * came in between, the marker is taken back and the call is a StoreConflict: where there are versions, nothing is lost.
 */
export async function bury(bucket: S3Bucket, key: string, read: S3Object): Promise<void> {
  return bucket.within(async (signal) => buryWithin(bucket, key, read, signal));
}

async function buryWithin(bucket: S3Bucket, key: string, read: S3Object, signal: AbortSignal): Promise<void> {
  let etag: string | undefined = read.etag;
  for (let attempt = 0; ; attempt += 1) {
    try {
      const marker = await bucket.delete(key, { etag }, signal);
      if (marker !== undefined && read.versionId !== undefined)
        await takeBackUnlessOver(bucket, key, marker, read.versionId, signal);
      return;
    } catch (error) {
      if (error instanceof StoreConflict) throw error;
      const failure = sortFailure(error);
      if (failure === "precondition" || failure === "no-object") throw new StoreConflict(key, conflict);
      if (etag !== undefined && error instanceof S3ServiceException && error.$metadata.httpStatusCode === 501) {
        etag = undefined;
        continue;
      }
      await pauseOrThrow(bucket, key, error, attempt, signal);
      // The attempt that failed may have removed it.
      const current = await bucket.get(key);
      if (current === undefined) return;
      if (current.etag !== read.etag || current.versionId !== read.versionId) throw new StoreConflict(key, conflict);
    }
  }
}

async function takeBackUnlessOver(
  bucket: S3Bucket,
  key: string,
  marker: string,
  expected: string,
  signal: AbortSignal,
): Promise<void> {
  const newest = await bucket.versions(key, 10);
  const below = newest[newest.findIndex(({ id }) => id === marker) + 1];
  if (below === undefined || below.id === expected) return;
  try {
    await bucket.delete(key, { versionId: marker }, signal);
  } catch (error) {
    throw asUnavailable(
      bucket.description,
      `${key} was written while it was removed, and taking the removal back failed`,
      error,
    );
  }
  throw new StoreConflict(key, "was written by somebody else while it was removed");
}

async function pauseOrThrow(
  bucket: S3Bucket,
  key: string,
  error: unknown,
  attempt: number,
  signal: AbortSignal,
): Promise<void> {
  const pause = pauses[attempt];
  if (signal.aborted || pause === undefined || sortFailure(error) !== "again")
    throw asUnavailable(bucket.description, `removing ${key}`, signal.aborted ? signal.reason : error);
  await sleep(pause);
}
