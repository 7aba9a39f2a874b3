import { type LockInfo } from "./lock-info";
import { type ObjectStore, type StoredVersion } from "../stores/object-store";
import { locked, StateRefusal } from "../refusals";
import { StateObject, type StateChange, type StateRead } from "./state-object";

/**
 * One state at one place, whatever kind of place that is: an object in a store of ours, or an address on any server that speaks
 * Terraform's protocol. It is what moving a state from one place to another works with.
 *
 * Every method throws StoreUnavailable on an outage ("no state" is never said of one), and StateRefusal where a rule says no.
 */
export interface StateStore {
  /** The place as an operator knows it. No secrets. */
  readonly description: string;
  /** The place as the ledger writes it (lib/backend/contract.ts, `location`). */
  readonly location: string;

  /** The state, whole and checked to be one; undefined where there is none. */
  read(): Promise<StateRead | undefined>;

  /**
   * Writes under the lock with this ID; when it returns, the bytes were read back equal. The same bytes again are fine. Refused:
   * without that lock, another lineage, a lower serial, the serial of other bytes.
   */
  write(bytes: Buffer, lockId: string, user?: string): Promise<StateChange>;

  /** Takes the lock; the holder's own ID again is fine. StateRefusal `locked` names the holder. */
  lock(info: LockInfo, user?: string): Promise<void>;

  /** Gives the lock with this ID back. Fine where nobody holds one. */
  unlock(lockId: string, user?: string): Promise<void>;

  /** Removes the state under the lock with this ID. Fine where there is none. */
  delete(lockId: string, user?: string): Promise<StateChange>;

  /** Writes what is there once more, as a version of its own, under the lock; false where nothing is there. Absent where the place has no versions. */
  rewrite?(lockId: string, user?: string): Promise<boolean>;

  /** Who holds the lock; undefined where nobody does. Absent where the place can't be asked without taking it. */
  holder?(): Promise<LockInfo | undefined>;

  /** Earlier versions, newest first, at least the newest `limit`, where the place keeps them and gives them out. */
  history?(limit?: number): Promise<StoredVersion[]>;

  /** The bytes of an earlier version, where `history` is; undefined for a removal, or where it is gone. */
  readVersion?(id: string): Promise<Buffer | undefined>;

  /** Whether the server says that this state is one that it keeps for checks. Absent where no server answers. */
  isForChecks?(): Promise<boolean>;

  /** A lock is given back to its own ID and to no other, whoever answers: an unlock that comes late does no harm. Absent where that is not known. */
  readonly comparesLockIds?: true;

  /** Gives connections back. */
  close(): void;
}

/** A state that is an object in a store of ours. `close` leaves the store open: it belongs to who opened it. */
export function stateInStore(
  store: ObjectStore,
  key: string,
  location: string,
  close: () => void = () => undefined,
): StateStore {
  const authority = new StateObject(store, key);
  // The rules know a state by its key; whoever reads the refusal knows it by its place.
  const inFull = <T>(operation: Promise<T>): Promise<T> =>
    operation.catch((error: unknown) => {
      throw error instanceof StateRefusal && error.holder !== undefined ? locked(location, error.holder) : error;
    });
  return {
    description: `${key} in ${store.description}`,
    location,
    read: () => authority.read(),
    write: (bytes, lockId, user) => inFull(authority.write(bytes, lockId, user)),
    lock: (info, user) => inFull(authority.lock(info, user)),
    unlock: (lockId, user) => inFull(authority.unlock(lockId, user)),
    delete: (lockId, user) => inFull(authority.delete(lockId, user)),
    rewrite: (lockId, user) => inFull(authority.rewrite(lockId, user)),
    holder: () => authority.holder(),
    history: (limit) => store.history(key, limit),
    readVersion: (id) => store.readVersion(key, id),
    comparesLockIds: authority.comparesLockIds,
    close,
  };
}
