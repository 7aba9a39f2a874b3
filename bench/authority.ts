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
import { fill, load, type LoadTarget, memoryOver, startRival } from "./load";
import { measure } from "./measure";
import { processorSeconds } from "./processor";
import { traceOf } from "../lib/errors";

const credentials = { TF_HTTP_USERNAME: "basic", TF_HTTP_PASSWORD: "bench-password" };
const authorization = `Basic ${Buffer.from("basic:bench-password").toString("base64")}`;
const rounds = 30;
const requests = 10_000;

/** Measures what the state server adds to its store, the time of a check, and the server's memory over many requests. */
async function bench(): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const bucket = await startMinio();
    try {
      const config = configure(folder, bucket);
      const server = await serve(config, bucket);
      try {
        const direct = await throughStore(bucket);
        const served = await throughServer(`${server.url}/state/arc-runners-dev`);
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
        const compared = await underLoad({ address: `${server.url}/state/arc-runners-dev`, pid: server.pid }, bucket);
        const row = (name: string, a: number, b: number) =>
          `${name.padEnd(24)} ${a.toFixed(1).padStart(9)} ${b.toFixed(1).padStart(9)} ${(b / a).toFixed(2).padStart(7)}`;
        process.stdout.write(
          [
            `${"1 MiB state, median ms".padEnd(24)} ${"store".padStart(9)} ${"server".padStart(9)} ${"ratio".padStart(7)}`,
            row("read", direct.read, served.read),
            row("write", direct.write, served.write),
            `${"check, 1 stack".padEnd(24)} ${(check.seconds * 1000).toFixed(0).padStart(9)} ms, the start of Node in it`,
            ...compared,
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

/** Both servers over one bucket, in turns: the rival's figures are the baseline where there is one. */
async function underLoad(ours: LoadTarget, bucket: S3Server): Promise<readonly string[]> {
  const rival = await startRival(bucket);
  try {
    const bytes = stateOf(1000);
    const targets = [ours, ...(rival === undefined ? [] : [rival])];
    for (const target of targets) await fill(target, bytes);
    const rows: string[] = [];
    const cells = (name: string, [own = NaN, other = NaN]: readonly number[], unit: string) =>
      `${name.padEnd(36)} ${own.toFixed(2).padStart(9)} ${other.toFixed(2).padStart(9)} ${(own / other).toFixed(2).padStart(7)}   ${unit}`;
    for (const [name, readers, lockers] of [
      ["16 readers", 16, 0],
      ["10 readers, 6 lockers", 10, 6],
      ["16 on one lock", 0, 16],
    ] as const) {
      const perSecond: number[][] = targets.map(() => []);
      const refused: number[][] = targets.map(() => []);
      const broken: number[] = targets.map(() => 0);
      const used: number[] = targets.map(() => 0);
      const answered: number[] = targets.map(() => 0);
      for (let turn = 0; turn < 3; turn += 1)
        for (const [index, target] of targets.entries()) {
          const before = processorSeconds(target.pid) + processorSeconds(bucket.pid);
          const result = await load(target, { readers, lockers, seconds: 3, size: bytes.length });
          const after = processorSeconds(target.pid) + processorSeconds(bucket.pid);
          used[index] = (used[index] ?? 0) + after - before;
          answered[index] = (answered[index] ?? 0) + result.answers;
          perSecond[index]?.push(result.perSecond);
          broken[index] = (broken[index] ?? 0) + result.broken;
          if (result.refusedMedian !== undefined) refused[index]?.push(result.refusedMedian);
        }
      const reset = broken.some((count) => count > 0) ? `; broken off: ${broken.join(" and ")}` : "";
      rows.push(cells(name, perSecond.map(median), `answers a second${reset}`));
      const each = used.map((seconds, index) => (seconds * 1000) / (answered[index] ?? NaN));
      rows.push(cells("  processor of server and store", each, "ms an answer"));
      if (lockers > 0) rows.push(cells("  median of a 423", refused.map(median), "ms"));
    }
    const { before, after } = await memoryOver(ours, requests);
    rows.push(
      `${`${requests} reads`.padEnd(36)} ${before.toFixed(0).padStart(9)} ${after.toFixed(0).padStart(9)} ${(after / before).toFixed(2).padStart(7)}   MiB resident, before and after`,
    );
    const other = rival === undefined ? "-" : "nimbolus";
    return [
      `${"1 MiB state, over MinIO".padEnd(36)} ${"ours".padStart(9)} ${other.padStart(9)} ${"ratio".padStart(7)}`,
      ...rows,
    ];
  } finally {
    await rival?.stop();
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

bench().catch((error: unknown) => {
  process.stderr.write(`${traceOf(error)}\n`);
  process.exitCode = 1;
});
