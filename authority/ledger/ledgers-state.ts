import { type LedgerEntry } from "../../lib/config/ledger";
import { type StateRead } from "../state/state-object";
import { type StateStore } from "../state/state-store";
import { stateMissing, lineageNotInLedger, serialBehindLedger } from "./refusals";

/** Refuses a state that is not the one that the ledger knows, or is behind it. A missing one is an outage where the ledger knows one. */
export function requireLedgersState(
  id: string,
  { state, entry }: { readonly state: Pick<StateStore, "location">; readonly entry?: LedgerEntry },
  found: StateRead | undefined,
): void {
  const known = entry === undefined || entry.lineage === "new" ? undefined : entry;
  if (known === undefined) return;
  if (found === undefined) throw stateMissing(state.location, known, id);
  else if (found.lineage !== known.lineage) throw lineageNotInLedger(state.location, found.lineage, known.lineage);
  else if (found.serial < known.serial)
    throw serialBehindLedger({ location: state.location, serial: found.serial, knownSerial: known.serial, id });
}
