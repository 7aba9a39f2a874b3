import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { StateObject } from "../authority/state/state-object";
import { S3Store } from "../authority/stores/s3";
import { withTemporaryFolder } from "../lib/files";
import { repositoryRoot } from "../lib/root";
import { startMinio } from "../lab/s3/minio";
import { type S3Server } from "../lab/s3/s3-server";
import { measure } from "./measure";

const credentials = { TF_HTTP_USERNAME: "bench", TF_HTTP_PASSWORD: "bench-password" };
const authorization = `Basic ${Buffer.from("bench:bench-password").toString("base64")}`;
const rounds = 30;
const requests = 10_000;
const clients = 16;

/** Measures what the state server adds to its store, the time of a check, and the server's memory over many requests. */
async function bench(): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const bucket = await startMinio();
    try {
      const config = configure(folder, bucket);
      const server = await serve(config, bucket);
      try {
        const direct = await throughStore(bucket);
        const door = await throughServer(`${server.url}/state/arc-runners-dev`);
        const check = await measure(
          {
            name: "check",
            program: process.execPath,
            args: [join(repositoryRoot, "bin", "flywheel"), "check", "arc-runners"],
            cwd: folder,
            env: { ...base(bucket), FLYWHEEL_CONFIG_DIR: config },
          },
          5,
        );
        const memory = await manyRequests(`${server.url}/state/arc-runners-dev`, server.pid);
        const row = (name: string, a: number, b: number) =>
          `${name.padEnd(24)} ${a.toFixed(1).padStart(9)} ${b.toFixed(1).padStart(9)} ${(b / a).toFixed(2).padStart(7)}`;
        process.stdout.write(
          [
            `${"1 MiB state, median ms".padEnd(24)} ${"store".padStart(9)} ${"server".padStart(9)} ${"ratio".padStart(7)}`,
            row("read", direct.read, door.read),
            row("write", direct.write, door.write),
            `${"check, 1 stack".padEnd(24)} ${(check.seconds * 1000).toFixed(0).padStart(9)} ms, the start of Node in it`,
            `${`${requests} lock requests`.padEnd(24)} ${memory.before.toFixed(0).padStart(9)} ${memory.after.toFixed(0).padStart(9)} ${(memory.after / memory.before).toFixed(2).padStart(7)}   MiB resident, before and after`,
            "",
          ].join("\n"),
        );
      } finally {
        await server.stop();
      }
    } finally {
      await bucket.stop();
    }
  });
}

function configure(folder: string, bucket: S3Server): string {
  const config = join(folder, "config");
  mkdirSync(join(config, "environments", "dev"), { recursive: true });
  writeFileSync(
    join(config, "environments", "dev", "arc-runners.yaml"),
    "github_config_url: https://github.com/tinyland-inc\n",
  );
  writeFileSync(
    join(config, "organization.yaml"),
    `organization: {name: bench}\nclusters:\n  - {name: dev, role: bench, domain: example.org, context: bench}\nstate:\n  http: {address: "http://127.0.0.1:9/state/{stack}-{env}"}\n  s3: {endpoint: "${bucket.endpoint}", bucket: ${bucket.bucket}}\n`,
  );
  return config;
}

function base(bucket: S3Server): NodeJS.ProcessEnv {
  return { PATH: process.env["PATH"], HOME: process.env["HOME"], ...credentials, ...bucket.environment };
}

async function serve(
  config: string,
  bucket: S3Server,
): Promise<{ url: string; pid: number; stop: () => Promise<void> }> {
  const child = spawn(
    process.execPath,
    [join(repositoryRoot, "bin", "flywheel"), "serve", "--listen", "127.0.0.1:0", "--store", "s3"],
    { env: { ...base(bucket), FLYWHEEL_CONFIG_DIR: config }, stdio: ["ignore", "pipe", "ignore"] },
  );
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  for await (const line of createInterface(child.stdout)) {
    const url = /^listening on (\S+)$/.exec(line)?.[1];
    if (url === undefined) continue;
    // The address is in the configuration that check reads.
    const file = join(config, "organization.yaml");
    writeFileSync(file, readFileSync(file, "utf8").replace("http://127.0.0.1:9", url));
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

function stateOf(serial: number): Buffer {
  return Buffer.from(
    JSON.stringify({
      version: 4,
      terraform_version: "1.11.4",
      serial,
      lineage: "bench",
      outputs: { filling: { value: "x".repeat(1024 * 1024), type: "string" } },
      resources: [],
    }),
  );
}

interface Medians {
  readonly read: number;
  readonly write: number;
}

/** The rules of a state over the bucket, in this process: what the server is made of, without the server. */
async function throughStore(bucket: S3Server): Promise<Medians> {
  const store = new S3Store({ ...bucket, skipS3Checksum: false, environment: bucket.environment });
  const state = new StateObject(store, "bench/direct.tfstate");
  await state.lock({
    ID: "bench",
    Operation: "bench",
    Info: "",
    Who: "bench",
    Version: "",
    Created: new Date().toISOString(),
    Path: "",
  });
  const medians = await measured(
    async (serial) => void (await state.write(stateOf(serial), "bench")),
    async () => void (await state.read()),
  );
  await state.unlock("bench");
  store.close();
  return medians;
}

async function throughServer(address: string): Promise<Medians> {
  const headers = { authorization };
  await fetch(`${address}/lock`, { method: "POST", headers, body: JSON.stringify({ ID: "bench" }) });
  const medians = await measured(
    async (serial) =>
      requireOk(await fetch(`${address}?ID=bench`, { method: "POST", headers, body: new Uint8Array(stateOf(serial)) })),
    async () => requireOk(await fetch(address, { headers })),
  );
  await fetch(`${address}/lock`, { method: "DELETE", headers, body: JSON.stringify({ ID: "bench" }) });
  return medians;
}

async function requireOk(response: Response): Promise<void> {
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`the server answers ${response.status}`);
}

async function measured(write: (serial: number) => Promise<void>, read: () => Promise<void>): Promise<Medians> {
  const writes: number[] = [];
  const reads: number[] = [];
  for (let serial = 1; serial <= rounds; serial += 1) {
    writes.push(await milliseconds(() => write(serial)));
    reads.push(await milliseconds(read));
  }
  return { read: median(reads), write: median(writes) };
}

async function milliseconds(work: () => Promise<void>): Promise<number> {
  const started = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - started) / 1e6;
}

/** The server's resident memory before and after many requests (the same lock again) by several clients; Linux only. */
async function manyRequests(address: string, pid: number): Promise<{ before: number; after: number }> {
  const resident = () =>
    Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? NaN) / 1024;
  const before = resident();
  let left = requests;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (left-- > 0)
        await requireOk(
          await fetch(`${address}/lock`, {
            method: "POST",
            headers: { authorization },
            body: JSON.stringify({ ID: "reader" }),
          }),
        );
    }),
  );
  return { before, after: resident() };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

bench().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
