import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../../lab/s3/server-process";
import { type S3Server, type S3ServerOptions } from "../../../lab/s3/s3-server";
import { repositoryRoot } from "../../../lib/root";
import { temporaryFolder } from "../../lib/config/support";
import { type Outcome } from "../../stacks/synth/child";

/** The state's place goes away in the middle of a real engine's apply. */

export const credentials = { TF_HTTP_USERNAME: "ann", TF_HTTP_PASSWORD: "correct-horse" };

export interface Server {
  stop(): Promise<void>;
}

/** `flywheel serve` on this port, over files. */
export async function serve(config: string, dir: string, port: number): Promise<Server> {
  const { PATH = "", HOME = "" } = process.env;
  const env = { PATH, HOME, FLYWHEEL_CONFIG_DIR: config, ...credentials };
  const child = spawn(
    process.execPath,
    [join(repositoryRoot, "bin/flywheel"), "serve", "--listen", `127.0.0.1:${port}`, "--store", "file", "--dir", dir],
    { cwd: config, env, stdio: ["ignore", "pipe", "ignore"] },
  );
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.stdout.once("data", () => resolve());
    child.once("close", () => reject(new Error("serve ended")));
  });
  return {
    stop: async () => {
      child.kill("SIGKILL");
      await gone;
    },
  };
}

/** Where a store runs that is started again on its data. */
export async function placeOfStore(): Promise<S3ServerOptions> {
  return {
    folder: join(temporaryFolder(), "minio"),
    port: await freePort(),
    accessKeyId: "labaccesskey",
    secretAccessKey: "lab-secret-access-key",
  };
}

/** The backend block of an engine's own folder for a state that is served at this address. */
export function httpBackend(address: string): string {
  return `terraform {\n  backend "http" {\n    address = "${address}"\n    lock_address = "${address}/lock"\n    unlock_address = "${address}/lock"\n    lock_method = "POST"\n    unlock_method = "DELETE"\n    retry_max = 0\n  }\n}`;
}

/** The same for a state in a bucket. */
export function s3Backend(server: S3Server, key: string): string {
  return `terraform {\n  backend "s3" {\n    bucket = "${server.bucket}"\n    key = "${key}"\n    region = "${server.region}"\n    endpoints = { s3 = "${server.endpoint}" }\n    use_path_style = true\n    use_lockfile = true\n    max_retries = 1\n    skip_credentials_validation = true\n    skip_requesting_account_id = true\n    skip_metadata_api_check = true\n    skip_region_validation = true\n  }\n}`;
}

/** Stops the apply of what has `waitsFor` in it in its middle, and lets it go on once the place is gone. */
export async function cutOff(gate: string, applying: Promise<Outcome>, stop: () => Promise<void>): Promise<void> {
  while (!existsSync(`${gate}.there`)) await sleep(20);
  await stop();
  writeFileSync(gate, "");
  const { code, stderr } = await applying;
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("errored.tfstate") as unknown });
}

/** A provisioner that says that it is there, and waits for the gate's file. */
export function waitsFor(gate: string): string {
  return `provisioner "local-exec" {\n    command = "touch '${gate}.there'; while [ ! -e '${gate}' ]; do sleep 0.05; done"\n  }`;
}

export function newGate(): string {
  return join(temporaryFolder(), "gate");
}
