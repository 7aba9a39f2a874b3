import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type S3Server } from "../lab/s3/s3-server";
import { repositoryRoot } from "../lib/root";

const credentials = { TF_HTTP_USERNAME: "basic", TF_HTTP_PASSWORD: "bench-password" };

/** The same, as a request has them. */
export const authorization = `Basic ${Buffer.from(`${credentials.TF_HTTP_USERNAME}:${credentials.TF_HTTP_PASSWORD}`).toString("base64")}`;

/** What stands in a configuration for the server's address until it is known. */
const unknownAddress = "http://127.0.0.1:9";

/** Writes `organization.yaml` for states on the server that is to be started, over a bucket. */
export function writeOrganization(config: string, bucket: S3Server, environments: readonly string[]): void {
  const clusters = environments.map(
    (name) => `  - {name: ${name}, role: bench, domain: ${name}.example.org, context: ${name}}`,
  );
  writeFileSync(
    join(config, "organization.yaml"),
    `organization: {name: bench}\nclusters:\n${clusters.join("\n")}\nstate:\n  http: {address: "${unknownAddress}/state/{stack}-{env}"}\n  s3: {endpoint: "${bucket.endpoint}", bucket: ${bucket.bucket}}\n`,
  );
}

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
