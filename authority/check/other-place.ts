import { type LedgerEntry } from "../../lib/config/ledger";
import { UserError } from "../../lib/errors";
import { Journal } from "../cutover/journal";
import { forked, isFork } from "../cutover/refusals";
import { type StateRead } from "../state/state-object";
import { type ObjectStore } from "../stores/object-store";
import { type StateStore } from "../state/state-store";
import { checkLine, type CheckLine } from "./line";
import { twoLiveCopies } from "./refusals";

interface OtherPlaceOptions {
  readonly id: string;
  /** The place that the flag names, and what it holds. */
  readonly place: StateStore;
  /** The place of the other backend. */
  readonly other: StateStore;
  /** What the ledger says: an old copy at the place that was left is no danger. */
  readonly ledgerEntry?: LedgerEntry;
  /** The bucket of `state.s3`, where it is configured: the journal of moves lies there. */
  readonly beside?: { readonly store: ObjectStore; readonly stateKey: string };
}

/**
 * Looks at the place of the backend that the flag does not name. The same state there is one object; an unsealed other copy of
 * it is a state in two places, the beginning of a fork. That it does not answer is a note: nothing is done there.
 */
export function checkOtherPlace({
  id,
  place,
  other,
  ledgerEntry: entry,
  beside,
}: OtherPlaceOptions): Promise<CheckLine> {
  return checkLine(`${id}: other backend`, async () => {
    let there: StateRead | undefined;
    try {
      there = await other.read();
    } catch (error) {
      if (error instanceof UserError)
        return { note: `${other.location} does not answer: ${error.problems[0]?.what ?? error.message}` };
      throw error;
    }
    if (there === undefined) return `nothing at ${other.location}`;
    const here = await place.read();
    if (here !== undefined && here.bytes.equals(there.bytes)) return `${other.location} shows the same state`;
    const left = [entry?.sealed?.location, entry?.forgotten?.location];
    if (entry !== undefined && left.includes(other.location)) {
      const journal = beside === undefined ? undefined : await Journal.peek(beside.store, beside.stateKey);
      if (isFork(entry, there, journal)) throw forked(id, entry, there);
      return `${other.location} keeps the copy that was left, serial ${there.serial}`;
    }
    if (here !== undefined && here.lineage !== there.lineage)
      return { note: `${other.location} holds another state: lineage ${there.lineage}, serial ${there.serial}` };
    throw twoLiveCopies({
      serial: here?.serial,
      location: place.location,
      thereSerial: there.serial,
      otherLocation: other.location,
      id,
    });
  });
}
