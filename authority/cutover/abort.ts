import { type LedgerEntry } from "../../lib/config/ledger";
import { UserError } from "../../lib/errors";
import { raiseGeneration, readGeneration } from "../generation";
import { type CutoverOptions } from "./cutover";
import { cutoverSteps, describeCutover, isUnfinished, Journal, type JournalRecord } from "./journal";
import { release, sha256 } from "./steps";

/** From this step on the destination may be open, and clients may have written to it: one goes back by another cutover. */
const openingStep = cutoverSteps.indexOf("unlock the destination");

/**
 * Undoes an unfinished cutover: the copy is removed, both locks are given back, and the source is what it was. Can be killed and
 * run again like a cutover. Returns the ledger entry where ledger and flag had to be set back.
 * @throws UserError where there is nothing to undo, or the destination is open already.
 */
export async function abortCutover(options: CutoverOptions): Promise<{ entry?: LedgerEntry }> {
  const { store, stateKey } = options;
  const known = await Journal.peek(store, stateKey);
  if (!isUnfinished(known)) {
    throw new UserError({
      code: "nothing-to-abort",
      what: known === undefined ? `no cutover of ${options.id} was ever started` : `the last cutover of ${options.id} is ${known.state}: ${known.from.location} to ${known.to.location}`,
      expected: "one that is under way",
      remedy: known?.state === "done" ? `Go back: npx flywheel cutover ${options.id} --to ${known.from.backend}` : `npx flywheel status ${options.id}`,
    });
  }
  if (known.step >= openingStep) {
    throw new UserError({
      code: "too-late-to-abort",
      what: `the destination is open, or about to be: ${describeCutover(known)}`,
      expected: "the move to be finished",
      remedy: `npx flywheel cutover ${options.id} --to ${known.to.backend}\nThen go back: npx flywheel cutover ${options.id} --to ${known.from.backend}`,
    });
  }
  options.progress(`undoing the ${describeCutover(known)}`);
  const journal = await Journal.takeOver(store, stateKey, options.surroundings.uniqueId());
  // From here on no run goes on with the move.
  if (journal.record.state !== "aborting") await journal.update({ state: "aborting" });
  const { record } = journal;
  const entry = await recordSource(options, record);
  await removeCopy(options, record);
  // A seal that was there before this cutover stays.
  if (!record.sameObject && !record.destinationWasSealed && record.step >= 1) await release(options.destination, record.to.lock, options.who);
  await release(options.source, record.from.lock, options.who);
  await journal.update({ state: "aborted" });
  options.progress(`undone: ${record.from.location} is the live place, and nothing of the ${cutoverSteps.length} steps is left`);
  return entry === undefined ? {} : { entry };
}

/** Where the generation was raised already, it is raised once more, for the source: every checkout hears that it is live again. */
async function recordSource(options: CutoverOptions, record: JournalRecord): Promise<LedgerEntry | undefined> {
  const { store, stateKey, source, stack, environment } = options;
  const generation = await readGeneration(store, stateKey);
  if (record.moved === undefined || generation === undefined || generation.generation < record.generation) return undefined;
  const raised = await raiseGeneration(store, stateKey, { generation: record.generation + 1, backend: source.backend, location: source.location, at: record.since });
  const entry: LedgerEntry = { stack, environment, backend: source.backend, location: source.location, ...record.moved, at: record.since, generation: raised.generation };
  options.record(entry);
  return entry;
}

async function removeCopy({ destination, who }: CutoverOptions, record: JournalRecord): Promise<void> {
  if (record.sameObject || record.moved === undefined || record.step < 3) return;
  const there = await destination.state.read();
  // What was there before, an older copy under a seal or under nobody's flag, can stay what it is: a copy.
  if (there === undefined || record.replaced !== null || sha256(there.bytes) !== record.moved.sha256) return;
  await destination.state.delete(record.to.lock, who);
}
