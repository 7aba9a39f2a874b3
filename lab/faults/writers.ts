import { type LockInfo } from "../../authority/state/lock-info";
import { StateRefusal } from "../../authority/refusals";
import { type Random, randomFaults } from "../fault-proxy/faults";
import { type Chooser, type FaultProxy, startFaultProxy } from "../fault-proxy/proxy";
import { after, contentsOf, documentOf } from "./document";
import { type EngineBackend, openEngineBackend } from "./engine-backend";
import { type StoreOutage } from "./outage";
import { type MovableBackend } from "../../lib/config/backends";
import { type Plant } from "./plants";
import { type World } from "./world";

/** A write that a place has accepted. */
export interface Accepted {
  readonly side: MovableBackend;
  readonly name: string;
  readonly serial: number;
}

/** A busy machine stretches a run; it is not to become more of one. What is refused the lock does not count. */
const appliesAtMost = 10;

interface ApplyLoopOptions {
  readonly random: Random;
  /** The probability that a request fails. */
  readonly faults: number;
  /** Shared by all loops: it hits one apply of one of them. */
  readonly outage?: StoreOutage;
  readonly plant?: Plant;
}

/**
 * Applies on one backend again and again while users move the state, as an engine does: lock, read, write, unlock. Where there is no state it stops: a
 * client whose ledger names a place does not begin anew there. Its network has faults of its own.
 */
export class ApplyLoop {
  readonly accepted: Accepted[] = [];
  #stopping = false;
  #running: Promise<void> = Promise.resolve();
  #locked = 0;
  #left: string | undefined;

  private constructor(
    private readonly side: MovableBackend,
    private readonly options: ApplyLoopOptions,
    private readonly proxy: FaultProxy,
    private readonly byChance: Chooser,
    private readonly backend: EngineBackend,
    private readonly straight: EngineBackend,
    private readonly free: () => Promise<void>,
  ) {}

  static async start(world: World, side: MovableBackend, options: ApplyLoopOptions): Promise<ApplyLoop> {
    const byChance = randomFaults(options.random, options.faults, side);
    const proxy = await startFaultProxy(world.straight[side], byChance);
    const [backend, straight] = [openEngineBackend(world, side, proxy.url), openEngineBackend(world, side)];
    const loop = new ApplyLoop(side, options, proxy, byChance, backend.backend, straight.backend, async () => {
      backend.close();
      straight.close();
      await proxy.close();
    });
    loop.#running = loop.#run();
    return loop;
  }

  /** Lets the apply that is under way come to its end. A lock that was left by a lost answer is given back, as its holder does by name. */
  async stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    await this.#running;
    await this.#giveBack();
    await this.free();
  }

  async #run(): Promise<void> {
    for (let count = 1; !this.#stopping && this.#locked < appliesAtMost; count += 1) {
      const name = `${this.side}-${count}`;
      await this.#apply(name).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 10 + this.options.random() * 60));
    }
  }

  /** A lock that was not taken, or is somebody else's by now, needs nothing. */
  async #giveBack(): Promise<void> {
    if (this.#left === undefined) return;
    try {
      await this.straight.unlock(this.#left);
    } catch (error) {
      if (!(error instanceof StateRefusal)) throw error;
    }
    this.#left = undefined;
  }

  async #apply(name: string): Promise<void> {
    await this.#giveBack();
    const info: LockInfo = {
      ID: `apply-${name}`,
      Operation: "OperationTypeApply",
      Info: "",
      Who: `${this.side}-client@ci`,
      Version: "1.11.4",
      Created: new Date().toISOString(),
      Path: "",
    };
    this.#left = info.ID;
    if (!(await this.backend.lock(info))) {
      this.#left = undefined;
      return;
    }
    this.#locked += 1;
    const bytes = await this.#changed(name);
    if (bytes !== undefined) {
      if (this.options.outage?.hits() === true) return this.#errored(name, bytes, info.ID);
      await this.backend.write(bytes, info.ID);
      this.accepted.push({ side: this.side, name, serial: contentsOf(bytes).serial });
    }
    await this.backend.unlock(info.ID);
    this.#left = undefined;
  }

  /** The state with this apply's write; undefined where there is no state. */
  async #changed(name: string): Promise<Buffer | undefined> {
    try {
      const before = await this.backend.read();
      return before && after(before, name);
    } catch (error) {
      if (this.options.plant !== "an outage is an empty state") throw error;
      return documentOf(1, [name], "99999999-2222-3333-4444-555555555555");
    }
  }

  /** The store is down from here until the engine has exited: neither its write nor its unlock arrives, and what it could not save it keeps. */
  async #errored(name: string, bytes: Buffer, lock: string): Promise<void> {
    this.proxy.choose(() => "lose-request");
    const isLost = (request: Promise<void>) =>
      request.then(
        () => false,
        () => true,
      );
    if (!(await isLost(this.backend.write(bytes, lock))) || !(await isLost(this.backend.unlock(lock))))
      throw new Error("the store was reached while it was down");
    // Not by this loop, as after an answer that was lost: whoever ran the engine gives this lock back by its ID.
    this.#left = undefined;
    this.proxy.choose(this.byChance);
    this.options.outage?.left({ side: this.side, name, bytes, lock });
  }
}
