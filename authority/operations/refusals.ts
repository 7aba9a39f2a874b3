import { type StackInstance } from "../../lib/config/load";
import { UserError } from "../../lib/errors";
import { StateRefusal } from "../refusals";
import { type LockInfo, describeLock } from "../state/lock-info";

/** Nothing is at the place, and the ledger does not say that nothing should be. */
export function notInLedger(location: string, stack: StackInstance): UserError {
  return new UserError({
    code: "not-in-ledger",
    what: `there is no state at ${location}, and the ledger has no entry for ${stack.stateName}`,
    expected: "a state to replace, or an entry that says that there is none yet",
    remedy: `Where this was the first apply: flywheel register ${stack.id} --new, then the same command again`,
  });
}

/** The store accepted the state that was recovered, and has other bytes. */
export function recoveredReadBackDiffers(location: string, id: string): StateRefusal {
  return new StateRefusal(
    "read-back-differs",
    `${location} accepted the state, but other bytes were read back`,
    `see what is there: flywheel history ${id}`,
  );
}

/** The file that the engine left is no state. */
export function notErroredState(file: string, given: string): UserError {
  return new UserError({
    code: "not-a-state",
    file,
    what: `this is not a state: ${given}`,
    expected: "what the engine wrote when it could not save its state",
    remedy:
      "Where the disk was full it may have been cut off: keep the file, and compare it with what the engine printed",
  });
}

/** The lock is the seal of a move: the state is elsewhere. */
export function stateHasLeft({
  id,
  location,
  moved,
  lock,
}: {
  readonly id: string;
  readonly location: string;
  /** Where the seal says that the state is. */
  readonly moved: string;
  readonly lock: string;
}): UserError {
  return new UserError({
    code: "sealed",
    lock,
    what: `the state of ${id} has left ${location} for ${moved}, or is about to`,
    expected: "a checkout that knows its new place, and no move under way",
    remedy: `See which: flywheel status ${id}\nThen pull the newest configuration, finish the move, or give back a lock that a move left which is over, and run the same command again`,
  });
}

/** Somebody holds the lock of the state that would be replaced. */
export function lockedMeanwhile(id: string, holder: LockInfo): UserError {
  return new UserError({
    code: "locked",
    lock: holder.ID,
    what: `${id} is locked by ${describeLock(holder)}`,
    expected: "nobody at work on it",
    remedy: `Most likely it is the lock of the very run that left the file: it could not give it back either.\nWhen you are sure that it has ended: flywheel unlock ${id} ${holder.ID}\nThen the same command again. Nothing was changed`,
  });
}

/** The file is the state of something else. */
export function otherLineage({
  lineage,
  where,
  thereLineage,
  id,
  file,
}: {
  readonly lineage: string;
  readonly where: string;
  readonly thereLineage: string;
  readonly id: string;
  readonly file: string;
}): UserError {
  return new UserError({
    code: "lineage-changed",
    what: `it has lineage ${lineage}, and ${where} has ${thereLineage}`,
    expected: `a state of ${id}`,
    remedy: "This is the state of something else: see in which folder the engine ran when it wrote it",
    file,
  });
}

/** The file is of a first apply, and there is a state. */
export function firstBesideAnother({
  location,
  lineage,
  file,
}: {
  readonly location: string;
  readonly lineage: string;
  readonly file: string;
}): UserError {
  return new UserError({
    code: "no-lineage",
    what: `it has no lineage, as of a stack's very first apply, and ${location} has a state of lineage ${lineage}`,
    expected: "nothing there yet: which state this file comes after cannot be told",
    remedy: "Keep the file. Plan, and import by hand what only this file knows",
    file,
  });
}

/** The state is newer than the file. */
export function olderThanState({
  serial,
  where,
  thereSerial,
  id,
  file,
}: {
  readonly serial: number;
  readonly where: string;
  readonly thereSerial: number;
  readonly id: string;
  readonly file: string;
}): UserError {
  return new UserError({
    code: "serial-lowered",
    what: `it has serial ${serial}, and ${where} is at ${thereSerial} already`,
    expected: "a higher serial: it was recovered before, or somebody applied since",
    remedy: `Nothing is lost at ${where}. What this file has and the state has not: flywheel preview ${id} --state FILE`,
    file,
  });
}

/** The file and the state were written from the same state, by two. */
export function twoOfOneSerial({
  where,
  serial,
  id,
  file,
}: {
  readonly where: string;
  readonly serial: number;
  readonly id: string;
  readonly file: string;
}): UserError {
  return new UserError({
    code: "serial-taken",
    what: `${where} has another state with the same serial, ${serial}`,
    expected: "a higher serial: somebody else wrote since, starting from the same state",
    remedy: `Keep the file. See who: flywheel history ${id}\nThen plan, and import by hand what only this file knows`,
    file,
  });
}
