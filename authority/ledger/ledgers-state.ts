import { type LedgerEntry } from "../../lib/config/ledger";
import { type Code, UserError } from "../../lib/errors";
import { type StateRead } from "../state/state-object";
import { type StateStore } from "../state/state-store";

/** Refuses a state that is not the one that the ledger knows, or is behind it. A missing one is an outage where the ledger knows one. */
export function requireLedgersState(
  id: string,
  { state, entry }: { readonly state: Pick<StateStore, "location">; readonly entry?: LedgerEntry },
  found: StateRead | undefined,
): void {
  const known = entry === undefined || entry.lineage === "new" ? undefined : entry;
  if (known === undefined) return;
  const refuse = (code: Code, what: string, expected: string, remedy: string): never => {
    throw new UserError({ code, what, expected, remedy });
  };
  if (found === undefined)
    refuse(
      "state-missing",
      `there is no state at ${state.location}, and the ledger knows one: serial ${known.serial}, lineage ${known.lineage}`,
      "the state: that it is gone is an outage, not a beginning",
      `flywheel check ${id}`,
    );
  else if (found.lineage !== known.lineage)
    refuse(
      "lineage-not-in-ledger",
      `${state.location} has lineage ${found.lineage}, and the ledger says ${known.lineage}`,
      "the state that the ledger knows",
      "See which state this is before anything is written",
    );
  else if (found.serial < known.serial)
    refuse(
      "serial-behind-ledger",
      `${state.location} is at serial ${found.serial}, and the ledger knows ${known.serial}`,
      "a serial of at least that: something newer was lost",
      `flywheel history ${id}`,
    );
}
