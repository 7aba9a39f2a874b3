import { type LedgerEntry } from "../../lib/config/ledger";
import { UserError } from "../../lib/errors";
import { readGeneration, staleCheckout } from "../ledger/generation";
import { StoreConflict, StoreUnavailable, type ObjectStore } from "../stores/object-store";
import { type Clock } from "../clock";
import { cutoverSteps, describeCutover, isUnfinished, Journal, type JournalRecord, TakenOver } from "./journal";
import { giveBackLate } from "./late";
import { type NamedPlace } from "./place";
import { abortUnderWay, isSameMove, requireSameMove } from "./requirements";
import { sealId } from "./seal";
import { entryOf, perform, release } from "./steps";
import { undo } from "./undo";

/** Up to this step nothing but a copy was made, and a refusal leaves everything as it was. */
const verifyingStep = cutoverSteps.indexOf("read back and compare");

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

/** What a cutover did. */
export interface CutoverResult {
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
    const journal = await Journal.takeOver(store, stateKey, options.clock.uniqueId(), (now) =>
      requireSameMove(options, now),
    );
    return finish(options, journal);
  }
  // What came late after a cutover was undone would otherwise be taken for somebody's work.
  if (known?.state === "aborted" && isSameMove(options, known)) await undo(options, known);
  const generation = await readGeneration(store, stateKey);
  if (known?.state === "done" && isSameMove(options, known) && generation?.generation === known.generation) {
    // Somebody completed it; this checkout only has to hear of it.
    const entry = entryOf(options, known);
    options.record(entry);
    return { entry, sameObject: known.sameObject, moved: false };
  }
  const stale = staleCheckout(
    `${options.stack}-${options.environment}`,
    options.ledgerFile,
    options.ledgerEntry,
    generation,
  );
  if (stale !== undefined) throw new UserError(stale);
  const { ledgerEntry, destination } = options;
  if (ledgerEntry?.location === destination.location && generation?.location === destination.location) {
    // It is there already, and another move, which was undone, began since.
    options.record(ledgerEntry);
    return { entry: ledgerEntry, sameObject: false, moved: false };
  }
  return finish(options, await begin(options, generation?.generation ?? 0, known));
}

async function begin(options: CutoverOptions, generation: number, seen: JournalRecord | undefined): Promise<Journal> {
  const { store, stateKey, source, destination, clock } = options;
  const record: JournalRecord = {
    version: 1,
    id: clock.uniqueId(),
    stack: options.stack,
    environment: options.environment,
    who: options.who,
    since: clock.now().toISOString(),
    runner: clock.uniqueId(),
    state: "running",
    step: 0,
    from: { backend: source.backend, location: source.location, lock: sealId(destination.location, clock.uniqueId()) },
    to: { backend: destination.backend, location: destination.location, lock: clock.uniqueId() },
    sameObject: false,
    destinationWasSealed: false,
    endedLocks: [],
    generation: Math.max(generation, options.ledgerEntry?.generation ?? 0) + 1,
  };
  try {
    return await Journal.start(store, stateKey, record, seen);
  } catch (error) {
    if (!(error instanceof StoreConflict)) throw error;
    const other = await Journal.peek(store, stateKey);
    // Started and ended meanwhile by somebody else: asked again, this run hears how.
    if (!isUnfinished(other)) throw new TakenOver(other);
    requireSameMove(options, other);
    return Journal.takeOver(store, stateKey, record.runner, (now) => requireSameMove(options, now));
  }
}

async function finish(options: CutoverOptions, journal: Journal): Promise<CutoverResult> {
  while (journal.record.state === "running") {
    const { step } = journal.record;
    options.progress(`step ${step + 1} of ${cutoverSteps.length}: ${cutoverSteps[step] ?? ""}`);
    try {
      await journal.update(await perform(options, journal.record));
    } catch (error) {
      // A refusal before anything was copied leaves everything as it was. An outage leaves the journal: the next run goes on.
      // What can't be taken back now is told by the journal, and the next run or an abort does it.
      if (error instanceof TakenOver)
        await giveBackLate(options, journal.record).catch(() =>
          options.progress("what this run did last could not be taken back: run this again with --abort"),
        );
      else if (isRefusal(error) && step <= verifyingStep)
        await letGo(options, journal).catch(() =>
          options.progress("the locks could not be given back: run this again with --abort"),
        );
      throw error;
    }
  }
  if (journal.record.state === "aborted") throw new TakenOver(journal.record);
  if (journal.record.state !== "done") throw abortUnderWay(options.id, journal.record);
  const entry = entryOf(options, journal.record);
  options.record(entry);
  return { entry, sameObject: journal.record.sameObject, moved: true };
}

/** Takes back what a cutover did that is refused before its copy was verified, unless another process goes on with it. */
async function letGo(options: CutoverOptions, journal: Journal): Promise<void> {
  // First of all: where another process goes on by now, or has ended the move, its locks and its seal are not ours to give back.
  await journal.update({ state: "aborting" });
  const { record, begunHere } = journal;
  // The lock that was refused was not taken, and giving it back would be refused alike: by a server that lets this user only read.
  const hasOnlySource = begunHere && record.step === 1;
  if (hasOnlySource) await release(options.source, record.from.lock, options.who);
  // The copy may be there: a run that was killed had made it, or the source changed and is read again.
  else if (!begunHere || record.step > 0) await undo(options, record);
  await journal.update({ state: "aborted" });
}

/** A rule's "no", not an outage: what was refused was not done. */
function isRefusal(error: unknown): boolean {
  return error instanceof UserError && !(error instanceof StoreUnavailable) && !(error instanceof TakenOver);
}
