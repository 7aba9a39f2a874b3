import { spawn } from "node:child_process";
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { residentMemory } from "../lab/resident-memory";
import { type S3Server } from "../lab/s3/s3-server";
import { freePort } from "../lab/s3/server-process";
import { median } from "./measure";

/** A state server under load: where its state is, and how it is locked. */
export interface LoadTarget {
  readonly address: string;
  readonly pid: number;
}

/** What many clients at once were given. */
interface LoadResult {
  /** Whole answers, of reads and locks together. */
  readonly answers: number;
  /** The same in a second. */
  readonly perSecond: number;
  /** The reads among them. */
  readonly readsPerSecond: number;
  /** Of answers 423, milliseconds. */
  readonly refusedMedian: number | undefined;
  /** Exchanges that broke off: the connection was reset. */
  readonly broken: number;
}

// The rival knows how somebody is known by the user name.
const authorization = `Basic ${Buffer.from("basic:bench-password").toString("base64")}`;
const agent = new Agent({ keepAlive: true, maxSockets: Infinity });

/** One exchange; the body is read and dropped. */
function send(method: string, url: string, body?: Buffer): Promise<{ status: number; bytes: number }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization, ...(body === undefined ? {} : { "content-length": body.length }) };
    const sent = request(url, { method, agent, headers }, (answer) => {
      let bytes = 0;
      answer.on("data", (chunk: Buffer) => (bytes += chunk.length));
      answer.once("error", reject);
      answer.once("end", () => resolve({ status: answer.statusCode ?? 0, bytes }));
    });
    sent.once("error", reject);
    sent.end(body);
  });
}

const lockOf = (ID: string): Buffer =>
  Buffer.from(
    JSON.stringify({
      ID,
      Operation: "bench",
      Info: "",
      Who: "bench",
      Version: "1",
      Created: "2026-04-16T09:12:00Z",
      Path: "",
    }),
  );

/** Writes the state that is read afterwards. */
export async function fill({ address }: LoadTarget, bytes: Buffer): Promise<void> {
  await send("LOCK", address, lockOf("fill"));
  const { status } = await send("POST", `${address}?ID=fill`, bytes);
  await send("UNLOCK", address, lockOf("fill"));
  if (status !== 200) throw new Error(`${address} answers ${status} to a write`);
}

/** So many readers, and so many that take one lock and give it back, for some seconds. */
export async function load(
  { address }: LoadTarget,
  { readers, lockers, seconds, size }: { readers: number; lockers: number; seconds: number; size: number },
): Promise<LoadResult> {
  const end = Date.now() + seconds * 1000;
  let answers = 0;
  let reads = 0;
  const refused: number[] = [];
  let broken = 0;
  const ask = async (method: string, url: string, body?: Buffer) =>
    send(method, url, body).catch(() => {
      broken += 1;
      return undefined;
    });
  const read = async () => {
    while (Date.now() < end) {
      const answer = await ask("GET", address);
      if (answer === undefined) continue;
      const { status, bytes } = answer;
      if (status !== 200 || bytes !== size) throw new Error(`${address} answers ${status} with ${bytes} bytes`);
      answers += 1;
      reads += 1;
    }
  };
  const lock = async (_: unknown, index: number) => {
    while (Date.now() < end) {
      const started = process.hrtime.bigint();
      const status = (await ask("LOCK", address, lockOf(`client-${index}`)))?.status;
      if (status === undefined) continue;
      answers += 1;
      if (status === 423 || status === 409) refused.push(Number(process.hrtime.bigint() - started) / 1e6);
      else if (status !== 200) throw new Error(`${address} answers ${status} to a lock`);
      else if ((await ask("UNLOCK", address, lockOf(`client-${index}`)))?.status === 200) answers += 1;
    }
  };
  const started = Date.now();
  await Promise.all([...Array.from({ length: readers }, read), ...Array.from({ length: lockers }, lock)]);
  return {
    answers,
    perSecond: (answers * 1000) / (Date.now() - started),
    readsPerSecond: (reads * 1000) / (Date.now() - started),
    refusedMedian: median(refused),
    broken,
  };
}

/** So many reads by 16 clients; resident MiB after a first hundred, and after all of them. Linux only. */
export async function memoryOver(
  { address, pid }: LoadTarget,
  requests: number,
): Promise<{ readonly before: number; readonly after: number }> {
  const resident = () => residentMemory(pid) ?? NaN;
  const many = async (count: number) => {
    let left = count;
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        while (left-- > 0) await send("GET", address);
      }),
    );
  };
  await many(100);
  const before = resident();
  await many(requests);
  return { before, after: resident() };
}

/** nimbolus/terraform-backend on the same bucket, where FLYWHEEL_BENCH_RIVAL names its binary. */
export async function startRival(
  bucket: S3Server,
): Promise<(LoadTarget & { readonly stop: () => Promise<void> }) | undefined> {
  const program = process.env["FLYWHEEL_BENCH_RIVAL"];
  if (program === undefined || program === "") return undefined;
  const port = await freePort();
  const child = spawn(program, [], {
    env: {
      LISTEN_ADDR: `127.0.0.1:${port}`,
      STORAGE_BACKEND: "s3",
      STORAGE_S3_ENDPOINT: new URL(bucket.endpoint).host,
      STORAGE_S3_USE_SSL: "false",
      STORAGE_S3_ACCESS_KEY: bucket.accessKeyId,
      STORAGE_S3_SECRET_KEY: bucket.secretAccessKey,
      STORAGE_S3_BUCKET: bucket.bucket,
      KMS_KEY: Buffer.alloc(32, 7).toString("base64"),
      LOG_LEVEL: "error",
    },
    stdio: "ignore",
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const address = `http://127.0.0.1:${port}/state/bench/bench`;
  for (let attempt = 0; ; attempt += 1) {
    if (await send("GET", address).catch(() => undefined)) break;
    if (attempt > 100) throw new Error(`${program} does not answer`);
    await sleep(100);
  }
  return {
    address,
    pid: child.pid ?? 0,
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
