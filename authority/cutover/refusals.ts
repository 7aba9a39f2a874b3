import { UserError } from "../../lib/errors";
import { StateRefusal } from "../refusals";
import { describeLock, type LockInfo } from "../state/lock-info";
import { type StateRead } from "../state/state-object";
import { describeCutover, type JournalRecord } from "./journal";
import { type CutoverOptions, type NamedPlace, sha256 } from "./move";
import { sealedTo } from "./seal";

export function requireMoved(record: JournalRecord, state: StateRead | undefined, what: string): void {
  if (state !== undefined && sha256(state.bytes) === record.moved?.sha256) return;
  throw new StateRefusal(
    "state-changed-meanwhile",
    `${what} is not what was read: ${state === undefined ? "nothing is there" : `serial ${state.serial}, lineage ${state.lineage}`}`,
    "somebody wrote without the lock; run the same command with --abort, then look at the history",
  );
}

export function requireSameBytes(state: StateRead, there: StateRead | undefined, destination: NamedPlace): void {
  if (there?.bytes.equals(state.bytes) === true) return;
  throw new UserError({
    code: "doors-differ",
    what: `the lock shows through ${destination.location}, and the state there is another one`,
    expected: "one object behind both doors",
    remedy: "See which server answers there",
  });
}

export function requireOlder(id: string, state: StateRead, there: StateRead, destination: NamedPlace): void {
  if (there.lineage !== state.lineage) {
    throw new UserError({
      code: "foreign-destination",
      what: `${destination.location} holds another state: lineage ${there.lineage}, serial ${there.serial}; the source has ${state.lineage}`,
      expected: "an empty destination, or an older copy of the same state",
      remedy: "Choose another key or address: nothing is overwritten",
    });
  }
  if (there.serial === state.serial && !there.bytes.equals(state.bytes)) {
    throw new UserError({
      code: "newer-destination",
      what: `${destination.location} is at serial ${there.serial} like the source, with other bytes`,
      expected: "a destination that is empty, older, or equal to the source",
      remedy: `Two states were written from one: see which one is right before anything is moved\nflywheel status ${id}`,
    });
  }
  if (there.serial > state.serial) {
    throw new UserError({
      code: "newer-destination",
      what: `${destination.location} is at serial ${there.serial}, and the source at ${state.serial}`,
      expected: "a destination that is not newer than the source",
      remedy: `The destination may be the live one: flywheel status ${id}`,
    });
  }
}

/** Somebody else holds the lock of the place that is to be filled. */
export function destinationLocked(id: string, { location }: NamedPlace, holder: LockInfo): UserError {
  return new UserError({
    code: "destination-locked",
    what: `${location} is locked by ${describeLock(holder)}`,
    expected: "a destination that nobody works on",
    remedy:
      sealedTo(holder) === undefined
        ? `Wait for it, then run this again\nWhere that run is dead: flywheel unlock ${id} ${holder.ID}, see docs/stuck-lock.md`
        : "That is the seal of another move; see docs/cutover.md",
  });
}

export function emptySource(id: string, source: NamedPlace): UserError {
  return new UserError({
    code: "empty-source",
    what: `there is no state at ${source.location}`,
    expected: "a state to move: an empty source is a wrong address more often than an empty stack",
    remedy: `Where nothing was ever deployed: flywheel register ${id}`,
  });
}

/** Refuses a journal of another move: its steps would be done to the wrong places. */
export function requireSameMove(options: CutoverOptions, record: JournalRecord): void {
  if (isSameMove(options, record)) return;
  throw new UserError({
    code: "other-cutover",
    what: `another move of ${options.id} is under way: ${record.from.location} to ${record.to.location}, ${describeCutover(record)}`,
    expected: "one cutover at a time",
    remedy: `Finish it: flywheel cutover ${options.id} --to ${record.to.backend}\nOr undo it: flywheel cutover ${options.id} --to ${record.to.backend} --abort`,
  });
}

export function isSameMove(
  { source, destination }: Pick<CutoverOptions, "source" | "destination">,
  { from, to }: JournalRecord,
): boolean {
  return from.location === source.location && to.location === destination.location;
}

export function abortUnderWay(id: string, record: JournalRecord): UserError {
  return new UserError({
    code: "cutover-aborting",
    what: `an abort is under way: ${describeCutover(record)}`,
    expected: "it to be finished first",
    remedy: `flywheel cutover ${id} --to ${record.to.backend} --abort`,
  });
}

/** Nothing is under way that could be undone. */
export function nothingToAbort(id: string, known: JournalRecord | undefined): UserError {
  return new UserError({
    code: "nothing-to-abort",
    what:
      known === undefined
        ? `no cutover of ${id} was ever started`
        : `the last cutover of ${id} is ${known.state}: ${known.from.location} to ${known.to.location}`,
    expected: "one that is under way",
    remedy:
      known?.state === "done" ? `Go back: flywheel cutover ${id} --to ${known.from.backend}` : `flywheel status ${id}`,
  });
}

/** Clients may have written to the destination: one goes back by another cutover. */
export function tooLateToAbort(id: string, known: JournalRecord): UserError {
  return new UserError({
    code: "too-late-to-abort",
    what: `the destination is open, or about to be: ${describeCutover(known)}`,
    expected: "the move to be finished",
    remedy: `flywheel cutover ${id} --to ${known.to.backend}\nThen go back: flywheel cutover ${id} --to ${known.from.backend}`,
  });
}
