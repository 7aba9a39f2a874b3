import { type LockInfo } from "../lock-info";
import { type StateRead } from "../state-authority";

/** One end of a cutover: a state at a place, with its lock. `StateAuthority` is one, and so is a client of an HTTP server. */
export interface StatePlace {
  /** The state; undefined where there is none. @throws StoreUnavailable on an outage. */
  read(): Promise<StateRead | undefined>;
  /** Writes under the lock, conditionally, and reads back. */
  write(bytes: Buffer, lockId: string, user?: string): Promise<unknown>;
  /** Takes the lock; fine where this very lock is held already. @throws StateRefusal `locked` with the holder. */
  lock(info: LockInfo, user?: string): Promise<unknown>;
  /** Gives the lock back; fine where nobody holds one. */
  unlock(id: string, user?: string): Promise<unknown>;
  /** Removes the state, under the lock. */
  delete(lockId: string, user?: string): Promise<unknown>;
}

/** A place with its name in the ledger. */
export interface NamedPlace {
  readonly backend: "http" | "s3";
  readonly location: string;
  readonly state: StatePlace;
}
