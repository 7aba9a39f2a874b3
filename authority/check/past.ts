import { type LedgerEntry } from "../../lib/config/ledger";
import { refuseIfAny } from "../../lib/errors";
import { readGeneration, staleCheckout } from "../ledger/generation";
import { type ObjectStore } from "../stores/object-store";
import { type StateRead } from "../state/state-object";
import { checkLine, type CheckLine } from "./line";
import { serialBehindBackup } from "./refusals";

/** The newest backup of a state, where backups are configured. */
export type NewestBackup = () => Promise<{ readonly lineage: string; readonly serial: number } | undefined>;

/** Of HCL that is not this program's. */
export const addressesUnknowable = "not checked: which addresses a folder of HCL may produce, only its engine knows";

/** What a checkout knows of a state. */
export interface KnownState {
  readonly id: string;
  readonly stateName: string;
  readonly ledgerFile: string;
  readonly ledgerEntry?: LedgerEntry;
}

/** This checkout knows of every move that was made of the state. */
export function checkGeneration(
  { id, stateName, ledgerFile, ledgerEntry }: KnownState,
  beside: { readonly store: ObjectStore; readonly stateKey: string },
): Promise<CheckLine> {
  return checkLine(`${id}: generation`, async () => {
    const known = await readGeneration(beside.store, beside.stateKey);
    const stale = staleCheckout(stateName, ledgerFile, ledgerEntry, known);
    refuseIfAny(stale === undefined ? [] : [stale]);
    return known === undefined ? "never moved" : `${known.generation}`;
  });
}

/** A state older than its newest backup has lost something. */
export function checkBackup(id: string, state: StateRead | undefined, newestBackup: NewestBackup): Promise<CheckLine> {
  return checkLine(`${id}: backup`, async () => {
    const backup = await newestBackup();
    if (backup === undefined) return { note: "no backup yet: flywheel backup makes one" };
    if (state === undefined) return { note: `nothing to compare; the newest backup is serial ${backup.serial}` };
    if (backup.lineage !== state.lineage) return { note: `the newest backup is of another lineage: ${backup.lineage}` };
    if (state.serial < backup.serial) throw serialBehindBackup(state.serial, backup.serial);
    return `the newest backup is serial ${backup.serial}`;
  });
}
