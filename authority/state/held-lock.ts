import { zeroTime, type LockInfo } from "./lock-info";
import { StateRefusal } from "../refusals";
import { type StateStore } from "./state-store";
import { type Clock } from "../clock";

/**
 * Who holds the lock of a place; undefined where nobody does. A place that does not tell is asked by taking the lock, which is given
 * back at once; a server that does not say who has it names nobody known (`isUnnamed`).
 */
export async function heldLock(place: StateStore, who: string, clock: Clock): Promise<LockInfo | undefined> {
  if (place.holder !== undefined) return place.holder();
  const info: LockInfo = {
    ID: clock.uniqueId(),
    Operation: "who holds it",
    Info: "",
    Who: who,
    Version: "flywheel",
    Created: clock.now().toISOString(),
    Path: "",
  };
  try {
    await place.lock(info, who);
  } catch (error) {
    if (error instanceof StateRefusal && error.holder !== undefined) return error.holder;
    throw error;
  }
  await place.unlock(info.ID, who);
  return undefined;
}

/** Who holds a lock on a server that does not say. */
export const unknownHolder: LockInfo = {
  ID: "unknown",
  Operation: "",
  Info: "",
  Who: "",
  Version: "",
  Created: zeroTime,
  Path: "",
};

/** Whether a lock is held by somebody whom the server does not name. */
export function isUnnamed({ ID }: LockInfo): boolean {
  return ID === unknownHolder.ID;
}
