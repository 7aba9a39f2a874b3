import { type LedgerEntry } from "../../lib/config/ledger";
import { readGeneration } from "../ledger/generation";
import { type ObjectStore } from "../stores/object-store";
import { type Clock } from "../clock";
import { Journal } from "./journal";
import { isUnfinished } from "./record";
import { moveNotProved, moveUnderWay, nothingToForget } from "./refusals";

interface ForgetOptions {
  readonly id: string;
  readonly ledgerEntry?: LedgerEntry;
  readonly store: ObjectStore;
  readonly stateKey: string;
  readonly clock: Clock;
}

/**
 * The ledger entry with which the place that was left is looked at no more: its server may go. It is for good, and needs a move that the
 * generation proves.
 * @throws UserError where no place was left, a move is under way, or the generation does not name the place that the ledger names.
 */
export async function forgetSource(options: ForgetOptions): Promise<LedgerEntry> {
  const { id, ledgerEntry: entry, store, stateKey, clock } = options;
  if (entry?.sealed === undefined) throw nothingToForget(id, entry);
  const journal = await Journal.peek(store, stateKey);
  if (isUnfinished(journal)) throw moveUnderWay(id, journal);
  const generation = await readGeneration(store, stateKey);
  if (generation?.generation !== entry.generation || generation.location !== entry.location)
    throw moveNotProved(id, entry, generation);
  const { sealed, ...kept } = entry;
  return { ...kept, forgotten: { location: sealed.location, at: clock.now().toISOString() } };
}
