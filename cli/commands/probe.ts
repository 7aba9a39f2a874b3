import { engineProof } from "../../authority/check/engine-proof";
import { lockingProof } from "../../authority/check/locking-proof";
import { S3Bucket } from "../../authority/stores/s3-bucket";
import { systemClock } from "../../authority/clock";
import { type S3Contract } from "../../lib/backend/s3/contract";
import { print, printJson } from "../terminal";
import { probeFailed } from "./refusals";

interface ProbeCommandOptions {
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  readonly writers: string;
  readonly json?: true;
}

/** `flywheel probe`: the locking proof alone, for any S3-compatible server and without configuration. */
export async function probeCommand(options: ProbeCommandOptions): Promise<void> {
  const place = { endpoint: options.endpoint, bucket: options.bucket, region: options.region, skipS3Checksum: false };
  const bucket = new S3Bucket(place, process.env);
  try {
    await bucket.requireThere();
    const proof = await lockingProof({ bucket, clock: systemClock, writers: Number(options.writers) });
    const contract: S3Contract = { type: "s3", ...place, key: "probe.tfstate", useLockfile: true };
    const stack = { id: "probe", stateName: "probe" };
    const lines = [...proof, await engineProof({ stack, contract, environment: process.env, clock: systemClock })];
    const failures = lines.filter(({ status }) => status === "failed");
    if (options.json === true) printJson({ ok: failures.length === 0, lines });
    else
      for (const { name, status, detail, milliseconds } of lines)
        print(
          `${(status === "failed" ? "FAILED" : status).padEnd(6)}  ${name.padEnd(20)} ${String(milliseconds).padStart(5)} ms  ${detail}`,
        );
    if (failures.length > 0) throw probeFailed(bucket.description, failures);
  } finally {
    bucket.close();
  }
}
