import { type LedgerEntry } from "../../lib/config/ledger";
import { UserError } from "../../lib/errors";
import { type Generation } from "../ledger/generation";
import { StateRefusal } from "../refusals";
import { describeLock, type LockInfo } from "../state/lock-info";
import { type StateRead } from "../state/state-object";
import { copiesOf, describeCutover, type JournalRecord } from "./record";
import { sealedTo } from "./seal";
import { sha256 } from "../../lib/sha256";
import { type StackInstance } from "../../lib/config/load";

interface Located {
  readonly location: string;
}

/** The two places of a move. */
interface Ends {
  readonly source: Located;
  readonly destination: Located;
}

export function requireMoved(record: JournalRecord, state: StateRead | undefined, what: string): void {
  if (state !== undefined && sha256(state.bytes) === record.moved?.sha256) return;
  throw new StateRefusal(
    "state-changed-meanwhile",
    `${what} is not what was read: ${state === undefined ? "nothing is there" : `serial ${state.serial}, lineage ${state.lineage}`}`,
    "somebody wrote without the lock; run the same command with --abort, then look at the history",
  );
}

export function requireSameBytes(state: StateRead, there: StateRead | undefined, destination: Located): void {
  if (there?.bytes.equals(state.bytes) === true) return;
  throw new UserError({
    code: "objects-differ",
    what: `the lock shows at ${destination.location}, and the state there is another one`,
    expected: "one object behind both backends",
    remedy: "See which server answers there",
  });
}

export function requireOlder(id: string, state: StateRead, there: StateRead, destination: Located): void {
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
export function destinationLocked(id: string, { location }: Located, holder: LockInfo): UserError {
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

export function emptySource(id: string, source: Located): UserError {
  return new UserError({
    code: "empty-source",
    what: `there is no state at ${source.location}`,
    expected: "a state to move: an empty source is a wrong address more often than an empty stack",
    remedy: `Where nothing was ever deployed: flywheel register ${id} --new`,
  });
}

/** Refuses a journal of another move: its steps would be done to the wrong places. */
export function requireSameMove(options: Ends & { readonly id: string }, record: JournalRecord): void {
  if (isSameMove(options, record)) return;
  throw new UserError({
    code: "other-cutover",
    what: `another move of ${options.id} is under way: ${record.from.location} to ${record.to.location}, ${describeCutover(record)}`,
    expected: "one cutover at a time",
    remedy: `Finish it: flywheel cutover ${options.id} --to ${record.to.backend}\nOr undo it: flywheel cutover ${options.id} --to ${record.to.backend} --abort`,
  });
}

export function isSameMove({ source, destination }: Ends, { from, to }: JournalRecord): boolean {
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

/** The place that was left can be locked by anybody. */
export function sealBroken(id: string, { backend, sealed }: LedgerEntry): UserError {
  return new UserError({
    code: "seal-broken",
    what: `${sealed?.location ?? ""} can be locked again, so a stale client could write there`,
    expected: "the seal of the cutover to hold; some servers forget their locks when they are started again",
    remedy: sealAgain(id, backend),
  });
}

/** Somebody else has the lock at the place that was left. */
export function sealReplaced(id: string, { backend, sealed }: LedgerEntry, who: string): UserError {
  return new UserError({
    code: "seal-replaced",
    what: `${sealed?.location ?? ""} is locked by ${who || "somebody"}, and not by the seal`,
    expected: "the seal of the cutover",
    remedy: `Somebody works on a state that has moved: stop that run. Then ${sealAgain(id, backend)}`,
  });
}

/** The place that was left was written after the move: two states go on from one. */
export function forked(id: string, entry: LedgerEntry, copy: StateRead): UserError {
  const left = entry.sealed?.location ?? entry.forgotten?.location ?? "";
  return new UserError({
    code: "forked",
    what: `the state is forked: ${left} was written after the move, and is at serial ${copy.serial}; serial ${entry.serial} was moved, and ${entry.location} goes on from that one`,
    expected: "nothing newer at the place that was left",
    remedy: `Apply nothing. ${sealAgain(id, entry.backend)}\nThen see what only the copy has: docs/cutover.md, "A fork"`,
  });
}

function sealAgain(id: string, backend: LedgerEntry["backend"]): string {
  return `Seal it in place, by the same command as the move: flywheel cutover ${id} --to ${backend} (--from legacy.gitlab where that was left)`;
}

export function nothingToForget(id: string, entry: LedgerEntry | undefined): UserError {
  return new UserError({
    code: "nothing-to-forget",
    what:
      entry?.forgotten === undefined
        ? `the ledger knows no place that the state of ${id} has left`
        : `${entry.forgotten.location} is looked at no more since ${entry.forgotten.at}`,
    expected: "a place that was left, and is still looked at",
    remedy: `flywheel status ${id}`,
  });
}

export function moveUnderWay(id: string, record: JournalRecord): UserError {
  return new UserError({
    code: "cutover-under-way",
    what: describeCutover(record),
    expected: "no move under way",
    remedy: `Finish it: flywheel cutover ${id} --to ${record.to.backend}`,
  });
}

/** The generation beside the state does not say what the ledger says. */
export function moveNotProved(id: string, entry: LedgerEntry, known: Generation | undefined): UserError {
  return new UserError({
    code: "move-not-proved",
    what: `the ledger says that ${id} is at ${entry.location}, generation ${entry.generation}, and the bucket says ${known === undefined ? "that it was never moved" : `${known.location}, generation ${known.generation}`}`,
    expected: "both to name one place: without the seal the generation is all that keeps an old checkout out",
    remedy: `Pull the newest configuration; then flywheel check ${id}`,
  });
}

/**
 * Whether a copy at the place that was left was written after the move: it is newer than what was moved, or another of that serial, and
 * no copy that a way back, which was undone, has left there.
 */
export function isFork(entry: LedgerEntry, copy: StateRead, journal: JournalRecord | undefined): boolean {
  if (copy.lineage !== entry.lineage || copy.serial < entry.serial) return false;
  const sum = sha256(copy.bytes);
  if (sum === entry.sha256 || (journal !== undefined && copiesOf(journal).includes(sum))) return false;
  return copy.serial > entry.serial || entry.sha256 !== "new";
}

/** A move keeps its journal in the bucket, and none is configured. */
export function noJournalBucket(file: string): UserError {
  return new UserError({
    code: "no-bucket",
    file,
    key: "state.s3",
    what: "`state.s3` is missing: a move keeps its journal in that bucket, whichever way it goes",
    expected: "state.s3 with at least endpoint and bucket",
  });
}

/** The move would start at another place than the one that the ledger names. */
export function notWhereLedgerSays(
  { id, stateName }: StackInstance,
  ledger: { readonly file: string; readonly location: string },
  source: string,
): UserError {
  return new UserError({
    code: "not-where-ledger-says",
    file: ledger.file,
    what: `the ledger says that ${stateName} is at ${ledger.location}, and this would move it from ${source}`,
    expected: "a move from the place that the ledger names",
    remedy: `See which one is the live one: flywheel status ${id}`,
  });
}

/** Another process took the cutover over: this one stops where it is. Nothing it did is lost. */
export class TakenOver extends UserError {
  constructor(record: JournalRecord | undefined) {
    super({
      code: "cutover-taken-over",
      what:
        record === undefined
          ? "the cutover's journal is gone"
          : `another process goes on with this cutover: ${describeCutover(record)}`,
      expected: "one process at a time; the one that came last goes on",
      remedy: "Look at it: flywheel status",
    });
  }
}

/** What lies where a journal should be is none. */
export function journalUnreadable(key: string, store: string): UserError {
  return new UserError({
    code: "journal-unreadable",
    what: `${key} in ${store} is no cutover journal`,
    expected: "what `flywheel cutover` wrote there",
    remedy: "See who wrote it; its history has earlier versions",
  });
}

/** The journal is of a version that this program does not know. */
export function journalNewer(key: string, store: string, version: number): UserError {
  return new UserError({
    code: "journal-newer",
    what: `${key} in ${store} was written by a newer program: it is of version ${version}`,
    expected: "a cutover journal of version 1 or 2, which is all that this program knows",
    remedy: "Pull the newest program, and run this again with it",
  });
}
