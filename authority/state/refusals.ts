import { StateRefusal } from "../refusals";
import { stateSizeLimit } from "./state-summary";
import { lockKey } from "./lock-info";

/** A state of more bytes than are taken. */
export function stateTooLarge(length: number): StateRefusal {
  return new StateRefusal("state-too-large", `a state of ${length} bytes is over the limit of ${stateSizeLimit}`);
}

/** What is to be written is no state. `given` says why. */
export function stateInvalid(given: string): StateRefusal {
  return new StateRefusal("state-invalid", `this is not a state: ${given}`);
}

/** A store that refuses to create a lock where none is. */
export function lockCreateBroken(description: string, key: string): StateRefusal {
  return new StateRefusal(
    "lock-create-broken",
    `${description} refuses to create ${key}, and it has no such object`,
    "its conditional create does not work after a removal (delete markers)",
  );
}

/** An unlock that does not say which lock. */
export function lockIdMissing(): StateRefusal {
  return new StateRefusal("lock-id-missing", "an unlock needs the lock's ID");
}

/** The lock object is there, and does not say who holds it. */
export function lockUnreadable(key: string, description: string): StateRefusal {
  return new StateRefusal(
    "lock-unreadable",
    `${lockKey(key)} in ${description} is there, but is not Terraform's lock info`,
    "see who wrote it, then remove that object",
  );
}

/** The store accepted a state, and has other bytes. */
export function readBackDiffers(description: string, key: string): StateRefusal {
  return new StateRefusal(
    "read-back-differs",
    `${description} accepted ${key}, but other bytes were read back`,
    "see the history before anything else is written",
  );
}

/** The stored object is no state. `summary` says why. */
export function storedStateUnreadable(key: string, description: string, summary: string): StateRefusal {
  return new StateRefusal(
    "stored-state-unreadable",
    `${key} in ${description} is there, but is not a state: ${summary}`,
    "see its history for an earlier version",
  );
}

/** The store has another version than the one that was read. */
export function stateChangedMeanwhile(key: string): StateRefusal {
  return new StateRefusal(
    "state-changed-meanwhile",
    `${key} was changed by somebody else at the same moment`,
    "run plan again on the state as it is now",
  );
}
