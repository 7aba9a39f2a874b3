import { UserError } from "../../lib/errors";
import { leaseSuffix } from "../lease/schema";
import { servedObjects } from "../lease/served-object";
import { lockKey } from "../state/lock-info";
import { type S3Bucket } from "../stores/s3-bucket";
import { checkLine, type CheckLine } from "./line";
import { mayWrite, mayWriteUnknown } from "./refusals";

interface ReaderOptions {
  readonly id: string;
  /** The bucket that there are credentials for, and the state's key in it. */
  readonly bucket?: { readonly raw: S3Bucket; readonly stateKey: string };
  /** Where a server that may be one of ours answers for the state. */
  readonly served?: string;
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * Proves that whoever these credentials are may not write a state, its lock, or its lease, by asking for what must be refused and would change
 * nothing where it is not: an upload that is begun and given up, a record that is none. What cannot be told fails.
 */
export async function proveReader({ id, bucket, served, environment }: ReaderOptions): Promise<readonly CheckLine[]> {
  const lines: CheckLine[] = [];
  if (bucket !== undefined)
    lines.push(
      await checkLine(`${id}: cannot write`, async () => {
        const { raw, stateKey } = bucket;
        for (const key of [stateKey, lockKey(stateKey), stateKey + leaseSuffix])
          if (await raw.mayPut(key)) throw mayWrite(`${key} in ${raw.description}`);
        return "the bucket refuses an upload of state, lock and lease";
      }),
    );
  if (served !== undefined)
    lines.push(
      await checkLine(`${id}: cannot write`, async () => {
        await refusedByServer(served, environment);
        return "the server refuses a record of a lease";
      }),
    );
  if (lines.length > 0) return lines;
  return [await checkLine(`${id}: cannot write`, () => Promise.reject(mayWriteUnknown()))];
}

async function refusedByServer(served: string, environment: NodeJS.ProcessEnv): Promise<void> {
  const objects = servedObjects(environment);
  const lease = objects.at(`${served.replace(/\/$/, "")}/lease`);
  const has = (error: unknown, code: string) =>
    error instanceof UserError && error.problems.every((problem) => problem.code === code);
  try {
    // Who may not even look proves nothing. Another server than ours has nothing there, and is not asked to write.
    await lease.read().catch((error: unknown) => {
      throw has(error, "nothing-beside") ? mayWriteUnknown() : error;
    });
    const isRefused = await lease.create(Buffer.from("{}")).then(
      () => false,
      (error: unknown) => has(error, "not-allowed"),
    );
    if (!isRefused) throw mayWrite(served);
  } finally {
    objects.close();
  }
}
