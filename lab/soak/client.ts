import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { StateRefusal } from "../../authority/refusals";
import { type LockInfo } from "../../authority/state/lock-info";
import { type MovableBackend } from "../../lib/config/backends";
import { messageOf } from "../../lib/errors";
import { after, contentsOf } from "../faults/document";
import { type EngineBackend, openEngineBackend } from "../faults/engine-backend";
import { type Latencies } from "./measure";
import { type SoakState } from "./world";

/** Longer than any outage here, on any machine; what is not done then never will be. */
const patience = 180_000;

/** What a client has seen, in all. */
export interface Seen {
  applies: number;
  plans: number;
  /** Requests that failed, and were asked again. */
  failures: number;
  /** Times that somebody else had the lock. */
  waits: number;
  /** Locks that took effect after their client had given up: it gives them back by their ID, as an operator does. */
  lateLocks: number;
}

/**
 * An engine's run on one backend of one state, again and again: lock, read, write, unlock, or the same without a write. An outage is
 * waited for: under its lock nothing can have changed, so what got no answer is asked again.
 */
export class SoakClient {
  /** The writes that were answered well. */
  readonly accepted: string[] = [];
  readonly seen: Seen = { applies: 0, plans: 0, failures: 0, waits: 0, lateLocks: 0 };
  readonly #givenUp = new Set<string>();
  readonly #backend: EngineBackend;
  readonly close: () => void;

  constructor(
    state: SoakState,
    private readonly side: MovableBackend,
    private readonly latencies: Latencies,
    /** Who has the lock, as the bucket has it. */
    private readonly holder: () => Promise<LockInfo | undefined>,
  ) {
    const { backend, close } = openEngineBackend(state, side);
    this.#backend = backend;
    this.close = close;
  }

  async plan(): Promise<void> {
    const id = await this.#locked("OperationTypePlan");
    await this.#insist("read", () => this.#backend.read());
    await this.#unlocked(id);
    this.seen.plans += 1;
  }

  async apply(): Promise<void> {
    const id = await this.#locked("OperationTypeApply");
    const before = await this.#insist("read", () => this.#backend.read());
    if (before === undefined) throw new Error(`there is no state over ${this.side}, and there was one`);
    const name = `${this.side}-${this.seen.applies + 1}`;
    const bytes = after(before, name);
    await this.#insist("write", () => this.#backend.write(bytes, id));
    this.accepted.push(`${name} as serial ${contentsOf(bytes).serial}`);
    await this.#unlocked(id);
    this.seen.applies += 1;
  }

  /** Gives back what was asked for, not answered, and taken later: its request was still on its way when its server died. */
  async giveBackLate(): Promise<void> {
    if (this.#givenUp.size === 0) return;
    const held = await this.holder().catch(() => undefined);
    if (held === undefined || !this.#givenUp.has(held.ID)) return;
    await this.#unlocked(held.ID);
    this.seen.lateLocks += 1;
  }

  /** Takes the lock, however long it takes. A request that got no answer may have taken it: it is given back by its ID. */
  async #locked(Operation: string): Promise<string> {
    const until = Date.now() + patience;
    for (;;) {
      const info: LockInfo = {
        ID: randomUUID(),
        Operation,
        Info: "",
        Who: `${this.side}-client@ci`,
        Version: "1.11.4",
        Created: new Date().toISOString(),
        Path: "",
      };
      try {
        if (await this.latencies.measured(`lock, ${this.side}`, () => this.#backend.lock(info))) return info.ID;
        this.seen.waits += 1;
      } catch (error) {
        const isHeld = error instanceof StateRefusal && error.holder !== undefined;
        this.seen[isHeld ? "waits" : "failures"] += 1;
        if (!isHeld) {
          await this.#unlocked(info.ID);
          this.#givenUp.add(info.ID);
        }
      }
      await this.giveBackLate();
      if (Date.now() > until) throw new Error(`the lock was not to be had over ${this.side}`);
      await sleep(20 + 80 * Math.random());
    }
  }

  /** Gives a lock back; one that was never taken needs nothing. */
  #unlocked(id: string): Promise<void> {
    return this.#insist("unlock", async () => {
      try {
        await this.#backend.unlock(id);
      } catch (error) {
        if (!(error instanceof StateRefusal)) throw error;
      }
    });
  }

  async #insist<T>(kind: "read" | "write" | "unlock", work: () => Promise<T>): Promise<T> {
    const until = Date.now() + patience;
    for (let tries = 0; ; tries += 1) {
      try {
        return await (tries === 0 ? this.latencies.measured(`${kind}, ${this.side}`, work) : work());
      } catch (error) {
        this.seen.failures += 1;
        if (Date.now() > until)
          throw new Error(`${kind} over ${this.side} never came through: ${messageOf(error)}`, { cause: error });
        await sleep(100);
      }
    }
  }
}
