import { type LedgerEntry } from "../../lib/config/ledger";
import { UserError } from "../../lib/errors";
import { type CutoverOptions } from "./cutover";
import { cutoverSteps, describeCutover, isUnfinished, Journal, type JournalRecord } from "./journal";
import { requireSameMove } from "./requirements";
import { undo } from "./undo";

/** From this step on the destination may be open, and clients may have written to it: one goes back by another cutover. */
const openingStep = cutoverSteps.indexOf("unlock the destination");

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
  const { record } = journal;
  const entry = await undo(options, record);
  if (entry !== undefined) options.record(entry);
  await journal.update({ state: "aborted" });
  options.progress(
    `undone: ${record.from.location} is the live place, and nothing of the ${cutoverSteps.length} steps is left`,
  );
  return entry === undefined ? {} : { entry };
}

function requireUndoable(options: CutoverOptions, known: JournalRecord | undefined): asserts known is JournalRecord {
  if (known === undefined || (!isUnfinished(known) && known.state !== "aborted")) {
    throw new UserError({
      code: "nothing-to-abort",
      what:
        known === undefined
          ? `no cutover of ${options.id} was ever started`
          : `the last cutover of ${options.id} is ${known.state}: ${known.from.location} to ${known.to.location}`,
      expected: "one that is under way",
      remedy:
        known?.state === "done"
          ? `Go back: npx flywheel cutover ${options.id} --to ${known.from.backend}`
          : `npx flywheel status ${options.id}`,
    });
  }
  requireSameMove(options, known);
  if (known.step >= openingStep) {
    throw new UserError({
      code: "too-late-to-abort",
      what: `the destination is open, or about to be: ${describeCutover(known)}`,
      expected: "the move to be finished",
      remedy: `npx flywheel cutover ${options.id} --to ${known.to.backend}\nThen go back: npx flywheel cutover ${options.id} --to ${known.from.backend}`,
    });
  }
}
