import { StateObject } from "../authority/state/state-object";
import { S3Store } from "../authority/stores/s3";
import { type S3Server } from "../lab/s3/s3-server";
import { median } from "./measure";

const rounds = 30;

/** A state of 1 MiB. */
export function stateOf(serial: number): Buffer {
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

/** One way to a state: what is measured of it, and what gives its lock back. */
interface Way {
  readonly write: (serial: number) => Promise<void>;
  readonly read: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The rules of a state over the bucket, in this process: what the server is made of, without the server. */
export async function throughStore(bucket: S3Server): Promise<Way> {
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
  return {
    write: async (serial) => void (await state.write(stateOf(serial), "bench")),
    read: async () => void (await state.read()),
    close: async () => {
      await state.unlock("bench");
      store.close();
    },
  };
}

/** The same through a server. */
export async function throughServer(address: string, authorization: string): Promise<Way> {
  const headers = { authorization };
  const body = JSON.stringify({ ID: "bench" });
  await requireOk(await fetch(`${address}/lock`, { method: "POST", headers, body }));
  return {
    write: async (serial) =>
      requireOk(await fetch(`${address}?ID=bench`, { method: "POST", headers, body: new Uint8Array(stateOf(serial)) })),
    read: async () => requireOk(await fetch(address, { headers })),
    close: async () => requireOk(await fetch(`${address}/lock`, { method: "DELETE", headers, body })),
  };
}

async function requireOk(response: Response): Promise<void> {
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`the server answers ${response.status}`);
}

/** Medians in milliseconds, of each way in turns: what else the machine does then is the same for all. */
export async function inTurns(
  ways: readonly Way[],
): Promise<readonly { readonly read: number | undefined; readonly write: number | undefined }[]> {
  const taken = ways.map((): Record<"reads" | "writes", number[]> => ({ writes: [], reads: [] }));
  for (let serial = 1; serial <= rounds; serial += 1)
    for (const [index, way] of ways.entries()) {
      taken[index]?.writes.push(await milliseconds(() => way.write(serial)));
      taken[index]?.reads.push(await milliseconds(way.read));
    }
  for (const way of ways) await way.close();
  return taken.map(({ reads, writes }) => ({ read: median(reads), write: median(writes) }));
}

async function milliseconds(work: () => Promise<void>): Promise<number> {
  const started = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - started) / 1e6;
}
