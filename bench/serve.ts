import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type S3Server } from "../lab/s3/s3-server";
import { repositoryRoot } from "../lib/root";

const credentials = { TF_HTTP_USERNAME: "basic", TF_HTTP_PASSWORD: "bench-password" };

/** What stands in a configuration for the server's address until it is known. */
export const unknownAddress = "http://127.0.0.1:9";

/** The environment of a command that may reach the server and its bucket. */
export function accessTo(bucket: S3Server): NodeJS.ProcessEnv {
  return { PATH: process.env["PATH"], HOME: process.env["HOME"], ...credentials, ...bucket.environment };
}

/** Starts `flywheel serve` over a bucket, and writes its address into the configuration. */
export async function startServe(
  config: string,
  bucket: S3Server,
): Promise<{ url: string; pid: number; stop: () => Promise<void> }> {
  const child = spawn(
    process.execPath,
    [join(repositoryRoot, "bin", "flywheel"), "serve", "--listen", "127.0.0.1:0", "--store", "s3"],
    { env: { ...accessTo(bucket), FLYWHEEL_CONFIG_DIR: config }, stdio: ["ignore", "pipe", "ignore"] },
  );
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  for await (const line of createInterface(child.stdout)) {
    const url = /^listening on (\S+)$/.exec(line)?.[1];
    if (url === undefined) continue;
    // The address is in the configuration that check reads.
    const file = join(config, "organization.yaml");
    writeFileSync(file, readFileSync(file, "utf8").replace(unknownAddress, url));
    return {
      url,
      pid: child.pid ?? 0,
      stop: async () => {
        child.kill("SIGTERM");
        await ended;
      },
    };
  }
  throw new Error("the server did not start");
}
