import { type LedgerEntry } from "../../lib/config/ledger";
import { refuseIfAny, UserError } from "../../lib/errors";
import { readGeneration, staleCheckout } from "../ledger/generation";
import { StateRefusal } from "../refusals";
import { describeLock, type LockInfo } from "../state/lock-info";
import { StoreConflict, StoreUnavailable } from "../stores/object-store";
import { Journal } from "./journal";
import {
  describeCutover,
  endedLocks,
  hasReached,
  isUnfinished,
  type JournalRecord,
  ordinal,
  stepAfter,
} from "./record";
import { TakenOver } from "./refusals";
import { type CutoverOptions, Move } from "./move";
import {
  abortUnderWay,
  forked,
  isFork,
  isSameMove,
  sealReplaced,
  nothingToAbort,
  requireSameMove,
  tooLateToAbort,
} from "./refusals";
import { sealId, sealInfo } from "./seal";
import { steps, undoSteps } from "./steps";

/** What a cutover did. */
interface CutoverResult {
  readonly entry: LedgerEntry;
  readonly sameObject: boolean;
  /** False where the move had been completed before, by anybody. */
  readonly moved: boolean;
}

/**
 * Moves a state. Killed at any instant, by anybody, on any machine: running it again finishes, `abortCutover` undoes. At no
 * instant can two clients write to two live copies: the source is locked before it is read and never unlocked again, the
 * destination is locked before it is written and unlocked when ledger, flag and generation name it.
 *
 * @throws UserError for every refusal: what it saw and what to do. Until the copy is verified a refusal leaves everything as it was.
 */
export async function cutover(options: CutoverOptions): Promise<CutoverResult> {
  const { store, stateKey } = options;
  const known = await Journal.peek(store, stateKey);
  if (isUnfinished(known)) {
    requireSameMove(options, known);
    if (known.state === "aborting") throw abortUnderWay(options.id, known);
    options.progress(`going on with the ${describeCutover(known)}`);
    const finished = await finish(options, await takeOver(options));
    // The move may have been interrupted long ago: a seal that was lost meanwhile is taken again.
    await sealAgain(options, finished.entry);
    return finished;
  }
  // A request that arrives after its move was undone would otherwise look like somebody's lock or state.
  if (known?.state === "aborted" && isSameMove(options, known)) await undoSteps(new Move(options, known));
  const generation = await readGeneration(store, stateKey);
  if (known?.state === "done" && isSameMove(options, known) && generation?.generation === known.generation) {
    // Somebody completed it: only this checkout's ledger is behind.
    const { entry } = new Move(options, known);
    options.record(entry);
    await sealAgain(options, entry);
    return { entry, sameObject: known.sameObject, moved: false };
  }
  const stale = staleCheckout(
    `${options.stack}-${options.environment}`,
    options.ledgerFile,
    options.ledgerEntry,
    generation,
  );
  refuseIfAny(stale === undefined ? [] : [stale]);
  const { ledgerEntry, destination } = options;
  if (ledgerEntry?.location === destination.location && generation?.location === destination.location) {
    // It is there already, and another move, which was undone, began since.
    options.record(ledgerEntry);
    await sealAgain(options, ledgerEntry);
    return { entry: ledgerEntry, sameObject: false, moved: false };
  }
  return finish(options, await begin(options, generation?.generation ?? 0, known));
}

/**
 * Undoes an unfinished cutover: the copy is removed, both locks are given back, and the source is what it was. Can be killed and
 * run again like a cutover. One that was undone already is undone again: that gives back what came late, such as the lock that a
 * stopped process took after all. Returns the ledger entry where ledger and flag had to be set back.
 * @throws UserError where there is nothing to undo, or the destination is open already.
 */
export async function abortCutover(options: CutoverOptions): Promise<{ entry?: LedgerEntry }> {
  const { store, stateKey } = options;
  const known = await Journal.peek(store, stateKey);
  requireUndoable(options, known);
  options.progress(`undoing the ${describeCutover(known)}`);
  const journal = await Journal.takeOver(store, stateKey, options.clock.uniqueId(), (now) =>
    requireUndoable(options, now),
  );
  // From here on no run goes on with the move.
  if (journal.record.state === "running") await journal.update({ state: "aborting" });
  const entry = await undoSteps(new Move(options, journal.record));
  if (entry !== undefined) options.record(entry);
  await journal.update({ state: "aborted" });
  options.progress(`undone: ${journal.record.from.location} is the live place, and nothing of the move is left`);
  return entry === undefined ? {} : { entry };
}

function requireUndoable(options: CutoverOptions, known: JournalRecord | undefined): asserts known is JournalRecord {
  if (known === undefined || (!isUnfinished(known) && known.state !== "aborted"))
    throw nothingToAbort(options.id, known);
  requireSameMove(options, known);
  if (hasReached(known, "unlock the destination")) throw tooLateToAbort(options.id, known);
}

/**
 * Takes the seal of a completed move again where it was lost: its server forgot it, or somebody broke it. That the place that was left does
 * not answer is told, and no reason to refuse. @throws UserError where somebody else has the lock there, or a stale client wrote.
 */
async function sealAgain(options: CutoverOptions, entry: LedgerEntry): Promise<void> {
  const { source, who, id, ledgerEntry } = options;
  const { sealed } = entry;
  if (sealed?.location !== source.location || ledgerEntry?.forgotten?.location === source.location) return;
  const path = sealed.location;
  const seal = sealInfo({ id: sealed.lock, who, newPlace: entry.location, created: entry.at, path });
  try {
    await takeSeal(options, seal);
    const now = await readGeneration(options.store, options.stateKey);
    if (now?.generation !== entry.generation) {
      // Moved on meanwhile: what was a seal would lock a place that may be live.
      const journal = await Journal.peek(options.store, options.stateKey);
      if (!isUnfinished(journal)) await source.state.unlock(sealed.lock, who);
      throw new TakenOver(journal);
    }
    const copy = await source.state.read();
    if (copy !== undefined && isFork(entry, copy, await Journal.peek(options.store, options.stateKey)))
      throw forked(id, entry, copy);
    options.progress(`${sealed.location} is sealed`);
  } catch (error) {
    if (error instanceof StateRefusal && error.holder !== undefined)
      throw sealReplaced(id, entry, describeLock(error.holder));
    if (
      !(error instanceof UserError) ||
      error.problems.some(({ code }) => ["forked", "cutover-taken-over"].includes(code))
    )
      throw error;
    options.progress(
      `the seal at ${sealed.location} could not be looked at: ${error.problems[0]?.what ?? error.message}`,
    );
  }
}

/** Takes the seal, in place of a lock that an ended move took late, where one stands there. */
async function takeSeal({ source, who, store, stateKey }: CutoverOptions, seal: LockInfo): Promise<void> {
  try {
    await source.state.lock(seal, who);
  } catch (error) {
    if (!(error instanceof StateRefusal) || error.holder === undefined) throw error;
    const journal = await Journal.peek(store, stateKey);
    if (journal === undefined || isUnfinished(journal) || !endedLocks(journal).includes(error.holder.ID)) throw error;
    await source.state.unlock(error.holder.ID, who);
    await source.state.lock(seal, who);
  }
}

async function begin(options: CutoverOptions, generation: number, seen: JournalRecord | undefined): Promise<Journal> {
  const { store, stateKey, source, destination, clock } = options;
  const record: JournalRecord = {
    version: 2,
    id: clock.uniqueId(),
    stack: options.stack,
    environment: options.environment,
    who: options.who,
    since: clock.now().toISOString(),
    runner: clock.uniqueId(),
    state: "running",
    step: "lock the source",
    from: { backend: source.backend, location: source.location, lock: sealId(destination.location, clock.uniqueId()) },
    to: { backend: destination.backend, location: destination.location, lock: clock.uniqueId() },
    sameObject: false,
    destinationWasSealed: false,
    copies: [],
    undoneCopies: [],
    endedLocks: [],
    leftBefore: leftBefore(options.ledgerEntry),
    generationRaised: false,
    generation: Math.max(generation, options.ledgerEntry?.generation ?? 0) + 1,
  };
  try {
    return await Journal.start(store, stateKey, record, seen);
  } catch (error) {
    if (!(error instanceof StoreConflict)) throw error;
    const other = await Journal.peek(store, stateKey);
    // Somebody else started and ended a move meanwhile: the next look tells how it ended.
    if (!isUnfinished(other)) throw new TakenOver(other);
    requireSameMove(options, other);
    return takeOver(options);
  }
}

function leftBefore(entry: LedgerEntry | undefined): JournalRecord["leftBefore"] {
  return {
    ...(entry?.sealed === undefined ? {} : { sealed: entry.sealed }),
    ...(entry?.forgotten === undefined ? {} : { forgotten: entry.forgotten }),
  };
}

function takeOver(options: CutoverOptions): Promise<Journal> {
  return Journal.takeOver(options.store, options.stateKey, options.clock.uniqueId(), (now) =>
    requireSameMove(options, now),
  );
}

async function finish(options: CutoverOptions, journal: Journal): Promise<CutoverResult> {
  while (journal.record.state === "running") {
    const move = new Move(options, journal.record);
    const { step } = journal.record;
    options.progress(`${ordinal(step)}: ${step}`);
    try {
      await journal.update({ step: stepAfter(step) ?? step, ...(await steps[step].does(move)) });
    } catch (error) {
      // A refusal before anything was copied leaves everything as it was. An outage leaves the journal: the next run goes on.
      // What can't be taken back now is told by the journal, and the next run or an abort does it.
      if (error instanceof TakenOver)
        await giveBackLate(move).catch(() =>
          options.progress("what this run did last could not be taken back: run this again with --abort"),
        );
      else if (isRefusal(error) && steps[step].refused === "undone")
        await letGo(options, journal).catch(() =>
          options.progress("the locks could not be given back: run this again with --abort"),
        );
      throw error;
    }
  }
  if (journal.record.state === "aborted") throw new TakenOver(journal.record);
  if (journal.record.state !== "done") throw abortUnderWay(options.id, journal.record);
  const { entry } = new Move(options, journal.record);
  options.record(entry);
  return { entry, sameObject: journal.record.sameObject, moved: true };
}

/** Takes back what a cutover did that is refused before its copy was verified, unless another process goes on with it. */
async function letGo(options: CutoverOptions, journal: Journal): Promise<void> {
  // First of all: where another process goes on by now, or has ended the move, its locks and its seal are not ours to give back.
  await journal.update({ state: "aborting" });
  const move = new Move(options, journal.record);
  const { step } = journal.record;
  // A lock that was refused was not taken, and giving it back would be refused alike: by a server that lets this user only read.
  // Elsewhere the copy may be there: a run that was killed had made it, or the source changed and is read again.
  if (!journal.begunHere || hasReached(move.record, "read the source")) {
    const entry = await undoSteps(move);
    if (entry !== undefined) move.options.record(entry);
  } else if (step === "lock the destination") await steps["lock the source"].undo?.(move);
  await journal.update({ state: "aborted" });
}

/**
 * Gives back what a step took that came too late: this process slept (a laptop with its lid closed), another one took the cutover
 * over and ended it, and then a lock was taken, or the copy made, that nobody else would take back. The move is as it was before
 * the step.
 */
async function giveBackLate(move: Move): Promise<void> {
  const { record, options, source, destination } = move;
  const { step } = record;
  const now = await Journal.peek(options.store, options.stateKey);
  if (now?.id === record.id && (now.state === "aborting" || now.state === "aborted")) {
    const entry = await undoSteps(new Move(options, now));
    if (entry !== undefined) options.record(entry);
    return;
  }
  // Whoever goes on needs the locks of this record; a move back takes over the seal. Who only has to close the journal needs none.
  const inUse = isUnfinished(now) && !hasReached(now, "close the journal") ? [now.from.lock, now.to.lock] : [];
  if (step === "lock the destination" && !inUse.includes(record.to.lock))
    await move.release(destination, record.to.lock);
  const locksSource = step === "lock the source" || step === "seal the source";
  if (inUse.includes(record.from.lock) || !locksSource) return;
  const generation = await readGeneration(options.store, options.stateKey);
  // Only what is read counts: a generation that a faulty store does not show is no proof. A lock too many is given back by hand; a
  // seal that was given back is a fork.
  const isDone = now?.id === record.id && now.state === "done";
  const isSourceLive =
    !isDone &&
    generation !== undefined &&
    (generation.generation < record.generation || generation.location === source.location);
  // Else the lock is the seal.
  if (isSourceLive || now?.sameObject === true) await move.release(source, record.from.lock);
}

/** A rule's "no", not an outage: what was refused was not done. */
function isRefusal(error: unknown): boolean {
  return error instanceof UserError && !(error instanceof StoreUnavailable) && !(error instanceof TakenOver);
}
