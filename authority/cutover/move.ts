import { type MovableBackend } from "../../lib/config/backends";
import { type LedgerEntry } from "../../lib/config/ledger";
import { type Clock } from "../clock";
import { StateRefusal } from "../refusals";
import { type LockInfo } from "../state/lock-info";
import { type StateStore } from "../state/state-store";
import { StoreConflict, type ObjectStore } from "../stores/object-store";
import { Journal } from "./journal";
import { type JournalRecord } from "./record";
import { sealInfo } from "./seal";
import { sha256 } from "../../lib/sha256";

/** One end of a cutover: a state at a place, with its name in the ledger. */
export interface NamedPlace {
  readonly backend: MovableBackend;
  readonly location: string;
  readonly state: Pick<StateStore, "read" | "write" | "lock" | "unlock" | "delete" | "rewrite" | "comparesLockIds">;
}

export interface CutoverOptions {
  /** The stack, as operators type it, and its parts. */
  readonly id: string;
  readonly stack: string;
  readonly environment: string;
  /** The store of ours that holds one of the places, and the state's key in it: journal and generation live beside it. */
  readonly store: ObjectStore;
  readonly stateKey: string;
  readonly source: NamedPlace;
  readonly destination: NamedPlace;
  readonly ledgerFile: string;
  readonly ledgerEntry?: LedgerEntry;
  /** Who asks: `ann@laptop`. */
  readonly who: string;
  readonly clock: Clock;
  readonly progress: (line: string) => void;
  /** Writes ledger and flag in this checkout. Called again by every run that finds the move complete. */
  readonly record: (entry: LedgerEntry) => void;
}

/** A move as its journal says it is, with both its places, the store and the clock: what the steps work with. */
export class Move {
  constructor(
    readonly options: CutoverOptions,
    readonly record: JournalRecord,
  ) {}

  get source(): NamedPlace {
    return this.options.source;
  }

  get destination(): NamedPlace {
    return this.options.destination;
  }

  /** The lock on the source, the same bytes in every run: it is the seal already. */
  get sourceLock(): LockInfo {
    const { from, to, who, since } = this.record;
    return sealInfo({ id: from.lock, who, newPlace: to.location, created: since, path: from.location });
  }

  /** The lock on the destination while it is filled, or emptied again; the same bytes in every run. */
  get destinationLock(): LockInfo {
    const { from, to, who, since } = this.record;
    return {
      ID: to.lock,
      Operation: "cutover",
      Info: `being filled by flywheel from ${from.location}`,
      Who: who,
      Version: "flywheel",
      Created: since,
      Path: to.location,
    };
  }

  /** The ledger entry that the completed move means; the same from every run. */
  get entry(): LedgerEntry {
    const { stack, environment } = this.options;
    const { moved, to, from, since, generation, sameObject } = this.record;
    if (moved === undefined) throw new Error("a cutover that read nothing cannot be recorded");
    return {
      stack,
      environment,
      backend: to.backend,
      location: to.location,
      ...moved,
      at: since,
      generation,
      ...(sameObject ? {} : { sealed: { location: from.location, lock: from.lock } }),
    };
  }

  /** Locks the source; in place of a lock that an ended move took late, where one stands there. */
  async lockSource(): Promise<void> {
    try {
      await this.source.state.lock(this.sourceLock, this.options.who);
    } catch (error) {
      if (!(error instanceof StateRefusal) || error.holder === undefined || !this.isEnded(error.holder)) throw error;
      await this.replaceEnded(this.source, error.holder, this.sourceLock);
    }
  }

  /** Whether this lock is one of an ended move, which came after everybody had given up waiting for it. */
  isEnded(lock: LockInfo): boolean {
    return this.record.endedLocks.includes(lock.ID);
  }

  /** Takes a lock in place of one of an ended move: nobody works under it, and nobody else would give it back. */
  async replaceEnded(place: NamedPlace, ended: LockInfo, lock: LockInfo): Promise<void> {
    await this.release(place, ended.ID);
    await place.state.lock(lock, this.options.who);
  }

  /** Gives a lock back, unless it is gone already: then whoever holds one now is somebody else. */
  async release(place: NamedPlace, lock: string): Promise<void> {
    try {
      await place.state.unlock(lock, this.options.who);
    } catch (error) {
      if (!(error instanceof StateRefusal) || error.holder === undefined || error.holder.ID === lock) throw error;
    }
  }

  /** Opens the destination for everybody. Where both places are one object, the lock there is the source's. */
  openDestination(): Promise<void> {
    const { sameObject, from, to } = this.record;
    return this.release(this.destination, sameObject ? from.lock : to.lock);
  }

  /** Keeps bytes in our store before anything is written over them. Other bytes of the same move get a name of their own. */
  async keep(which: "source" | "destination", bytes: Buffer): Promise<void> {
    const { store } = this.options;
    const { stack, environment, id } = this.record;
    const name = `${store.ownFolder}/backups/${stack}-${environment}/${id}.${which}`;
    for (const key of [`${name}.tfstate`, `${name}.${sha256(bytes).slice(0, 16)}.tfstate`]) {
      try {
        await store.create(key, bytes);
        return;
      } catch (error) {
        if (!(error instanceof StoreConflict)) throw error;
      }
      if ((await store.read(key))?.bytes.equals(bytes) === true) return;
    }
  }

  /** Whether these bytes at the destination are a copy that this move may have made. */
  isOwnCopy(bytes: Buffer): boolean {
    const { moved, copies, replaced } = this.record;
    // An older copy that was there before, sealed or named by no flag, stays.
    return replaced === null && [moved?.sha256, ...copies].includes(sha256(bytes));
  }

  /** Whether the journal still says that this move is undone. A later one may have moved the same bytes to the same place. */
  async isUndone(): Promise<boolean> {
    const now = await Journal.peek(this.options.store, this.options.stateKey);
    return now?.id === this.record.id && (now.state === "aborting" || now.state === "aborted");
  }
}
