import { type LedgerEntry } from "../../lib/config/ledger";
import { raiseGeneration } from "../ledger/generation";
import { type CutoverOptions } from "./cutover";
import { cutoverSteps, Journal, type JournalRecord } from "./journal";
import { destinationLock, release, sha256 } from "./steps";

/** In this step the generation is raised. */
const recordingStep = cutoverSteps.indexOf("record generation, ledger and flag");

/**
 * Takes back what a cutover that is being undone, or was, has left at both places: the copy and its locks. All of it is known by
 * ID or hash, so it can be repeated at any later time: a process that was slow, or a request that was long on its way, may have
 * locked or copied after the first undoing looked. Returns the source's ledger entry where a checkout may name the destination by now.
 */
export async function undo(options: CutoverOptions, record: JournalRecord): Promise<LedgerEntry | undefined> {
  // First of all: what the generation names is never removed.
  const entry = await nameSource(options, record);
  try {
    await emptyDestination(options, record);
  } finally {
    // The live place is given back also where the other one is out, or says no.
    await release(options.source, record.from.lock, options.who);
  }
  return entry;
}

/**
 * Where the generation may have been raised, it is raised once more, for the source: every checkout hears that it is live again,
 * and a stopped process that raises it late meets a higher one.
 */
async function nameSource(
  { store, stateKey, source, stack, environment }: CutoverOptions,
  record: JournalRecord,
): Promise<LedgerEntry | undefined> {
  if (record.moved === undefined || record.step < recordingStep) return undefined;
  const raised = await raiseGeneration(store, stateKey, {
    generation: record.generation + 1,
    backend: source.backend,
    location: source.location,
    at: record.since,
  });
  return {
    stack,
    environment,
    backend: source.backend,
    location: source.location,
    ...record.moved,
    at: record.since,
    generation: raised.generation,
  };
}

async function emptyDestination(options: CutoverOptions, record: JournalRecord): Promise<void> {
  await removeCopy(options, record);
  // A seal that was there before this cutover stays. Where both places are one object, a slow process may have taken this lock first.
  if (!record.destinationWasSealed) await release(options.destination, record.to.lock, options.who);
}

async function removeCopy(options: CutoverOptions, record: JournalRecord): Promise<void> {
  const { destination, who } = options;
  if (record.sameObject || record.moved === undefined) return;
  const there = await destination.state.read();
  // What was there before, an older copy under a seal or under nobody's flag, can stay what it is: a copy.
  if (there === undefined || record.replaced !== null || sha256(there.bytes) !== record.moved.sha256) return;
  await destination.state.lock(destinationLock(options, record), who);
  // Under the lock no later cutover can make this place the live one.
  if (await isUndone(options, record)) await destination.state.delete(record.to.lock, who);
}

/** Whether the journal still says that this cutover is undone. A later one may have moved the same bytes to the same place. */
async function isUndone({ store, stateKey }: CutoverOptions, record: JournalRecord): Promise<boolean> {
  const now = await Journal.peek(store, stateKey);
  return now?.id === record.id && (now.state === "aborting" || now.state === "aborted");
}
