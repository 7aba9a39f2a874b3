import { lockKey, marshalLockInfo, parseLockInfo, zeroTime, type LockInfo } from "./lock-info";
import { StoreConflict, StoreUnavailable, type ObjectStore, type StoredObject } from "../stores/object-store";
import { locked, lockNeeded } from "../refusals";
import { type Clock } from "../clock";
import { lockCreateBroken, lockIdMissing, lockUnreadable, stateChangedMeanwhile } from "./refusals";

/** Longer races than this are no races: the store says "taken" and "nothing there" of the same object. */
const attempts = 16;

/** A lock as it lies in the store. */
interface HeldLock {
  readonly info: LockInfo;
  readonly stored: StoredObject;
}

/** Somebody who waits for an answer. */
interface Waiting {
  readonly user: string | undefined;
  attempt: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Somebody who wants the lock. */
interface Taker extends Waiting {
  readonly info: LockInfo;
}

/** Somebody who gives the lock with this ID back. */
interface Giver extends Waiting {
  readonly id: string;
}

/**
 * The lock of one state, an object in a store. Who asks while the store is asked waits, and all who wait share the next look or the next
 * try: one request to the store for many clients. Each of them asked before that request was sent, so what it tells is true of a moment
 * between question and answer of every one; nothing is answered from memory.
 *
 * A store lets writers of one object through one after the other, each to its disk: so who is known to hold the lock is looked at, and
 * a lock that is believed free is tried. That belief is a hint and decides nothing else.
 */
export class StateLock {
  readonly #key: string;
  #takers: Taker[] = [];
  #givers: Giver[] = [];
  #isRunning = false;
  #isBelievedHeld = false;

  constructor(
    private readonly store: ObjectStore,
    private readonly stateKey: string,
    private readonly clock: Clock,
  ) {
    this.#key = lockKey(stateKey);
  }

  /**
   * Takes the lock. The holder's own ID again is fine: the reply to its first request may have been lost. A lock that names
   * another ID is somebody else's, whatever the store said meanwhile: a request that waits for it is told, not sent away.
   */
  take(info: LockInfo, user?: string): Promise<void> {
    const whole = {
      ...info,
      // Clients of the s3 backend read this object and print both.
      Created: info.Created === zeroTime ? this.clock.now().toISOString() : info.Created,
      Path: info.Path || this.stateKey,
    };
    return this.#answer(user, (waiting) => this.#takers.push({ ...waiting, info: whole }));
  }

  /** Gives the lock back. Fine where nobody holds one: the reply to the first request may have been lost. */
  async release(id: string | undefined, user?: string): Promise<void> {
    if (id === undefined || id === "") throw lockIdMissing();
    return this.#answer(user, (waiting) => this.#givers.push({ ...waiting, id }));
  }

  /** Who holds the lock now; undefined where nobody does. */
  async holder(): Promise<LockInfo | undefined> {
    return (await this.#look())?.info;
  }

  /** @throws StateRefusal where the lock is not held with this ID. */
  async require(id: string | undefined): Promise<void> {
    const holder = await this.holder();
    if (!holder) throw lockNeeded(this.stateKey);
    if (holder.ID !== id) throw locked(this.stateKey, holder);
  }

  #answer(user: string | undefined, queue: (waiting: Waiting) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      queue({ user, attempt: 0, resolve, reject });
      if (!this.#isRunning) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#takers.length + this.#givers.length > 0) {
      const [takers, givers] = [this.#takers, this.#givers];
      [this.#takers, this.#givers] = [[], []];
      await this.#serve(takers, givers);
    }
    this.#isRunning = false;
  }

  async #serve(takers: readonly Taker[], givers: readonly Giver[]): Promise<void> {
    let held: HeldLock | undefined;
    try {
      if (givers.length > 0 || this.#isBelievedHeld) {
        held = await this.#look();
        this.#isBelievedHeld = held !== undefined;
      }
    } catch (error) {
      for (const { reject } of [...takers, ...givers]) reject(error);
      return;
    }
    // What is removed is removed beside what comes next: until it is gone, the lock is somebody's.
    for (const giver of givers) void this.#give(giver, held);
    const [first] = takers;
    if (first === undefined) return;
    if (held !== undefined) return this.#tell(takers, held.info);
    await this.#try(first, takers).catch((error: unknown) => {
      for (const { reject } of takers) reject(error);
    });
  }

  /** One tries for all: who has asked before it was tried is told who has it since. */
  async #try({ info, user }: Taker, takers: readonly Taker[]): Promise<void> {
    let failure: unknown;
    try {
      await this.store.create(this.#key, marshalLockInfo(info), { writer: user });
      this.#isBelievedHeld = true;
      return this.#tell(takers, info);
    } catch (error) {
      if (!(error instanceof StoreConflict) && !(error instanceof StoreUnavailable)) throw error;
      failure = error;
    }
    const met = failure instanceof StoreConflict ? failure.current : undefined;
    const held = met === undefined ? await this.#look() : { info: this.#infoOf(met.bytes) };
    this.#isBelievedHeld = held !== undefined;
    if (held !== undefined) return this.#tell(takers, held.info);
    if (failure instanceof StoreUnavailable) throw failure;
    this.#takers.push(...again(takers, () => lockCreateBroken(this.store.description, this.#key)));
  }

  async #give(giver: Giver, held: HeldLock | undefined): Promise<void> {
    try {
      if (held !== undefined) {
        if (held.info.ID !== giver.id) throw locked(this.stateKey, held.info);
        await this.#remove(held.stored, giver.user);
        this.#isBelievedHeld = false;
      }
      giver.resolve();
    } catch (error) {
      if (!(error instanceof StoreConflict)) return giver.reject(error);
      this.#givers.push(...again([giver], () => stateChangedMeanwhile(this.stateKey)));
      if (!this.#isRunning) void this.#run();
    }
  }

  async #remove(stored: StoredObject, writer: string | undefined): Promise<void> {
    if ((await this.store.removeSeen?.(this.#key, stored)) === true) return;
    await this.store.remove(this.#key, stored.version, { writer });
  }

  #tell(takers: readonly Taker[], holder: LockInfo): void {
    for (const { info, resolve, reject } of takers)
      if (info.ID === holder.ID) resolve();
      else reject(locked(this.stateKey, holder));
  }

  async #look(): Promise<HeldLock | undefined> {
    const stored = await this.store.read(this.#key);
    return stored && { info: this.#infoOf(stored.bytes), stored };
  }

  #infoOf(bytes: Buffer): LockInfo {
    const info = parseLockInfo(bytes);
    if (!info) throw lockUnreadable(this.stateKey, this.store.description);
    return info;
  }
}

/** Those who ask once more; who has asked too often is refused. */
function again<T extends Waiting>(requests: readonly T[], broken: () => Error): readonly T[] {
  return requests.filter((request) => {
    request.attempt += 1;
    if (request.attempt < attempts) return true;
    request.reject(broken());
    return false;
  });
}
