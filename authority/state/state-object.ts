import { type LockInfo } from "./lock-info";
import { StateLock } from "./state-lock";
import { StoreConflict, type ObjectStore, type StoredObject } from "../stores/object-store";
import { lineageChanged, serialLowered, serialTaken, type StateRefusal, StateVanished } from "../refusals";
import { stateSizeLimit, summarizeState, type StateSummary } from "./state-summary";
import { type ReadCache, SharedLooks } from "./read-cache";
import { type LastSeen, readAgain } from "./vanished";
import { systemClock, type Clock } from "../clock";
import { stateTooLarge, stateInvalid, readBackDiffers, storedStateUnreadable, stateChangedMeanwhile } from "./refusals";

/** A state as it is stored. */
export interface StateRead extends StateSummary {
  readonly bytes: Buffer;
}

/** What a write or a removal did, for the audit line. */
export interface StateChange {
  readonly serialBefore?: number;
  readonly serialAfter?: number;
  /** False where the same bytes were there already, or nothing was there to remove. */
  readonly changed: boolean;
}

/**
 * The rules of one state, over any store: one holder of the lock, one lineage, a serial that never falls, no lost update.
 * It keeps nothing that a second replica would need; all it remembers is what some version of an object says.
 *
 * Every method throws StoreUnavailable on an outage, and StateRefusal where a rule says no.
 */
export class StateObject {
  /** Versions are unique, so what one says never changes. It saves parsing the same state with every request. */
  #known: { version: string; summary: StateSummary } | undefined;
  #size: number | undefined;
  #seen: LastSeen | undefined;
  readonly #looks = new SharedLooks<StoredObject | undefined>();
  readonly #lock: StateLock;

  /** A lock is given back to its own ID and to no other. */
  readonly comparesLockIds = true;

  constructor(
    private readonly store: ObjectStore,
    readonly key: string,
    private readonly clock: Clock = systemClock,
    /** The name under which a server serves it. */
    private readonly servedAs?: string,
    /** Spares the bytes' way where they are the same; of a server's own. */
    private readonly cache?: ReadCache,
  ) {
    this.#lock = new StateLock(store, key, clock);
  }

  /** The size of the state when it was last seen here, 0 where there was none: a hint, undefined before the first look. */
  get lastKnownSize(): number | undefined {
    return this.#size;
  }

  /** The state, or undefined where there is none; one that vanished is an outage (vanished.ts). An object that is no state is refused: an engine would take it for empty. */
  async read(): Promise<StateRead | undefined> {
    const stored = await (this.cache === undefined ? this.#readState() : this.#looks.ask(() => this.#readState()));
    return stored && { ...this.#summaryOf(stored), bytes: stored.bytes };
  }

  /**
   * Stores a state. When it returns, the bytes are durable and were read back equal.
   * Refused: without the lock's ID, another lineage, a lower serial, the serial of other bytes. The same bytes again are fine.
   */
  async write(bytes: Buffer, lockId: string | undefined, user?: string): Promise<StateChange> {
    if (bytes.length > stateSizeLimit) throw stateTooLarge(bytes.length);
    const given = summarizeState(bytes);
    if (typeof given === "string") throw stateInvalid(given);

    // The state is read before the lock is looked at. Whoever took the lock over before we looked is seen; whoever takes it
    // over later and writes makes our conditional write fail. The other order would have a gap.
    // A state that vanished may be written again: by who has it, under the lock, as what comes after what was there.
    const current = await this.#readState(given);
    await this.#lock.require(lockId);
    const before = current && this.#summaryOf(current);
    if (current && before) {
      if (current.bytes.equals(bytes))
        return { serialBefore: before.serial, serialAfter: given.serial, changed: false };
      this.#compare(before, given);
    }
    const version = await this.#put(bytes, current?.version, user);
    this.#remember(version, given);
    this.#size = given.size;
    return { serialBefore: before?.serial, serialAfter: given.serial, changed: true };
  }

  /**
   * Writes the state as it is once more: a version of its own, which nobody's removal by an older version can hit. False where
   * there is none.
   */
  async rewrite(lockId: string | undefined, user?: string): Promise<boolean> {
    const current = await this.#readState();
    await this.#lock.require(lockId);
    if (current === undefined) return false;
    await this.#put(current.bytes, current.version, user);
    return true;
  }

  /** Removes the state; its versions stay in the store's history. Refused without the lock's ID. */
  async delete(lockId: string | undefined, user?: string): Promise<StateChange> {
    const current = await this.#readState(undefined, true);
    await this.#lock.require(lockId);
    if (!current) return { changed: false };
    // A state that can't be read can still be removed: that may be the repair.
    const before = summarizeState(current.bytes);
    try {
      await this.store.remove(this.key, current.version, { writer: user });
    } catch (error) {
      if (error instanceof StoreConflict) throw this.#changedMeanwhile();
      throw error;
    }
    this.#seen = undefined;
    return { serialBefore: typeof before === "string" ? undefined : before.serial, changed: true };
  }

  /**
   * Takes the lock. The holder's own ID again is fine: the reply to its first request may have been lost. A lock that names
   * another ID is somebody else's, whatever the store said meanwhile: a request that waits for it is told, not sent away.
   */
  async lock(info: LockInfo, user?: string): Promise<void> {
    return this.#lock.take(info, user);
  }

  /** Gives the lock back. Fine where nobody holds one: the reply to the first request may have been lost. */
  async unlock(id: string | undefined, user?: string): Promise<void> {
    return this.#lock.release(id, user);
  }

  /** Who holds the lock now; undefined where nobody does. */
  async holder(): Promise<LockInfo | undefined> {
    return this.#lock.holder();
  }

  /**
   * `successor`: what is about to be written. Where it comes after what was there, nothing is lost by it, and it may take its place.
   * `exactly`: with the version of this very write, for a removal; a write compares the bytes alone.
   */
  async #readState(successor?: StateSummary, exactly = false): Promise<StoredObject | undefined> {
    const known = exactly ? undefined : this.cache?.get(this.key);
    const stored = (await this.store.read(this.key, known)) ?? (await this.#unlessVanished(successor));
    this.cache?.keep(this.key, stored);
    this.#size = stored?.bytes.length ?? 0;
    return stored;
  }

  async #unlessVanished(successor: StateSummary | undefined): Promise<StoredObject | undefined> {
    const seen = this.#seen;
    try {
      const stored = await readAgain(this.store, this.key, { seen, servedAs: this.servedAs });
      if (stored === undefined) this.#seen = undefined;
      return stored;
    } catch (error) {
      const isAfter = seen === undefined || (successor?.lineage === seen.lineage && successor.serial >= seen.serial);
      if (successor !== undefined && isAfter && error instanceof StateVanished) return undefined;
      throw error;
    }
  }

  #remember(version: string, summary: StateSummary): void {
    this.#known = { version, summary };
    this.#seen = { ...summary, at: this.clock.now() };
  }

  #compare(before: StateSummary, given: StateSummary): void {
    if (before.lineage !== given.lineage) throw lineageChanged(this.key, before.lineage, given.lineage);
    if (given.serial < before.serial) throw serialLowered(this.key, before.serial, given.serial);
    if (given.serial === before.serial) throw serialTaken(this.key, given.serial);
  }

  async #put(bytes: Buffer, expected: string | undefined, writer: string | undefined): Promise<string> {
    let conflict = false;
    try {
      if (expected === undefined) await this.store.create(this.key, bytes, { writer });
      else await this.store.replace(this.key, bytes, expected, { writer });
    } catch (error) {
      if (!(error instanceof StoreConflict)) throw error;
      conflict = true;
    }
    const stored = await this.store.read(this.key);
    this.cache?.keep(this.key, stored);
    // After a conflict equal bytes mean that the write was ours: a client library below us lost the reply and repeated it.
    if (stored?.bytes.equals(bytes)) return stored.version;
    if (conflict) throw this.#changedMeanwhile();
    throw readBackDiffers(this.store.description, this.key);
  }

  #summaryOf(stored: StoredObject): StateSummary {
    if (this.#known?.version === stored.version) {
      this.#remember(stored.version, this.#known.summary);
      return this.#known.summary;
    }
    const summary = summarizeState(stored.bytes);
    if (typeof summary === "string") throw storedStateUnreadable(this.key, this.store.description, summary);
    this.#remember(stored.version, summary);
    return summary;
  }

  #changedMeanwhile(): StateRefusal {
    return stateChangedMeanwhile(this.key);
  }
}
