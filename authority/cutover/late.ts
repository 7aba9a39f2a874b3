import { readGeneration } from "../ledger/generation";
import { type CutoverOptions } from "./cutover";
import { cutoverSteps, isUnfinished, Journal, type JournalRecord } from "./journal";
import { release } from "./steps";
import { undo } from "./undo";

const closingStep = cutoverSteps.indexOf("close the journal");

/**
 * Gives back what a step took that came too late: this process slept (a laptop with its lid closed), another one took the cutover
 * over and ended it, and then a lock was taken, or the copy made, that nobody else would take back. `record` is as it was before
 * the step.
 */
export async function giveBackLate(options: CutoverOptions, record: JournalRecord): Promise<void> {
  const { store, stateKey, source, destination, who } = options;
  const now = await Journal.peek(store, stateKey);
  if (now?.id === record.id && (now.state === "aborting" || now.state === "aborted")) {
    const entry = await undo(options, now);
    if (entry !== undefined) options.record(entry);
    return;
  }
  // Whoever goes on needs the locks of this record; a move back takes over the seal. Who only has to close the journal needs none.
  const inUse = isUnfinished(now) && now.step < closingStep ? [now.from.lock, now.to.lock] : [];
  if (record.step === 1 && !inUse.includes(record.to.lock)) await release(destination, record.to.lock, who);
  if (inUse.includes(record.from.lock) || (record.step !== 0 && record.step !== 5)) return;
  const generation = await readGeneration(store, stateKey);
  // Only what is read counts: a generation that a faulty store does not show is no proof. A lock too many is given back by hand; a
  // seal that was given back is a fork.
  const isDone = now?.id === record.id && now.state === "done";
  const isSourceLive =
    !isDone &&
    generation !== undefined &&
    (generation.generation < record.generation || generation.location === source.location);
  // Else the lock is the seal.
  if (isSourceLive || now?.sameObject === true) await release(source, record.from.lock, who);
}
