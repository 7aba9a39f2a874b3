import { type CutoverOptions } from "../../../authority/cutover/move";
import { sealedTo } from "../../../authority/cutover/seal";
import { lockKey, parseLockInfo, type LockInfo } from "../../../authority/state/lock-info";
import { type ObjectStore } from "../../../authority/stores/object-store";
import { StateObject } from "../../../authority/state/state-object";
import { MemoryStore } from "../../../authority/stores/memory";
import { type Clock } from "../../../authority/clock";
import { type LedgerEntry } from "../../../lib/config/ledger";
import { lockInfo } from "../support";

/** The process died here: nothing after it happened. */
export class Killed extends Error {}

/** Dies at one operation of a store, either before it took effect or just after. */
export interface Death {
  /** Counts down; the operation that meets 0 is the last. */
  remaining: number;
  readonly after: boolean;
}

/** A store that kills its caller. */
export function mortal(store: ObjectStore, death: Death): ObjectStore {
  const wrap =
    <A extends unknown[], R>(operation: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      const dies = death.remaining-- === 0;
      if (death.remaining < -1) throw new Killed();
      if (dies && !death.after) throw new Killed();
      const result = await operation(...args);
      if (dies) throw new Killed();
      return result;
    };
  return {
    description: store.description,
    ownFolder: store.ownFolder,
    read: wrap((key) => store.read(key)),
    create: wrap((key, bytes, metadata) => store.create(key, bytes, metadata)),
    replace: wrap((key, bytes, expected, metadata) => store.replace(key, bytes, expected, metadata)),
    remove: wrap((key, expected, metadata) => store.remove(key, expected, metadata)),
    history: wrap((key) => store.history(key)),
    readVersion: wrap((key, id) => store.readVersion(key, id)),
  };
}

export const stateKey = "dev/attic/terraform.tfstate";
export const serverKey = "attic-dev";

export function stateBytes(serial: number, lineage = "lineage-1"): Buffer {
  return Buffer.from(
    JSON.stringify({ version: 4, terraform_version: "1.11.4", serial, lineage, outputs: {}, resources: [] }),
  );
}

export function lockOf(id: string, who = "ann@laptop"): LockInfo {
  return lockInfo(id, { Who: who });
}

/** An HTTP server's store and our bucket, and the checkouts of users. */
export class World {
  readonly server = new MemoryStore();
  readonly bucket = new MemoryStore();
  #ids = 0;

  readonly clock: Clock = { now: () => new Date("2026-04-16T09:12:00Z"), uniqueId: () => `id-${++this.#ids}` };

  authorityOf(side: "http" | "s3", death?: Death): StateObject {
    const store = side === "http" ? this.server : this.bucket;
    return new StateObject(
      death === undefined ? store : mortal(store, death),
      side === "http" ? serverKey : stateKey,
      this.clock,
    );
  }

  /** Puts a state in place, as an apply does. */
  async apply(side: "http" | "s3", serial: number): Promise<void> {
    const state = this.authorityOf(side);
    const id = `apply-${serial}`;
    await state.lock(lockOf(id));
    await state.write(stateBytes(serial), id);
    await state.unlock(id);
  }

  /** The options of a run in a checkout. */
  run(to: "http" | "s3", checkout: Checkout, death?: Death): CutoverOptions {
    const from = to === "s3" ? "http" : "s3";
    const place = (side: "http" | "s3") => ({
      backend: side,
      location: side === "http" ? "https://state.example/state/attic-dev" : `s3://tofu-state/${stateKey}`,
      state: this.authorityOf(side, death),
    });
    return {
      id: "attic",
      stack: "attic",
      environment: "dev",
      store: death === undefined ? this.bucket : mortal(this.bucket, death),
      stateKey,
      source: place(from),
      destination: place(to),
      ledgerFile: "config/state-ledger.yaml",
      ...(checkout.entry === undefined ? {} : { ledgerEntry: checkout.entry }),
      who: checkout.user,
      clock: this.clock,
      progress: () => undefined,
      record: (entry) => {
        checkout.entry = entry;
      },
    };
  }

  async lockOn(side: "http" | "s3"): Promise<LockInfo | undefined> {
    const stored = await (side === "http" ? this.server.read(lockKey(serverKey)) : this.bucket.read(lockKey(stateKey)));
    return stored && parseLockInfo(stored.bytes);
  }

  /** The sides that an engine can write to now. */
  async openSides(): Promise<string[]> {
    const open: string[] = [];
    for (const side of ["http", "s3"] as const) {
      const state = await this.authorityOf(side).read();
      if (state !== undefined && (await this.lockOn(side)) === undefined) open.push(side);
    }
    return open;
  }

  async sealOf(side: "http" | "s3"): Promise<string | undefined> {
    return sealedTo(await this.lockOn(side));
  }
}

/** A user's clone: what its ledger says. */
export interface Checkout {
  readonly user: string;
  entry?: LedgerEntry;
}
