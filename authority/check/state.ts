import { location, type StateContract } from "../../lib/backend/contract";
import { type LedgerEntry } from "../../lib/config/ledger";
import { stateEnded } from "../refusals";
import { Journal } from "../cutover/journal";
import { isUnfinished } from "../cutover/record";
import { type ObjectStore } from "../stores/object-store";
import { type StateRead } from "../state/state-object";
import { type StateStore } from "../state/state-store";
import { type Clock } from "../clock";
import { addressesUnknowable, checkBackup, checkGeneration, type NewestBackup } from "./past";
import { checkLine, type CheckLine } from "./line";
import { checkSeal } from "./seal";
import { stateLost, unknownInState, otherLineage, serialBehindLedger } from "./refusals";
import { moveUnderWay } from "../cutover/refusals";

interface StateCheckOptions {
  readonly id: string;
  readonly stateName: string;
  readonly ledgerFile: string;
  readonly ledgerEntry?: LedgerEntry;
  readonly contract: StateContract;
  readonly place: StateStore;
  /** The bucket of `state.s3`, where it is configured: generation and journal live there. */
  readonly beside?: { readonly store: ObjectStore; readonly stateKey: string };
  /** The other place, where the ledger has sealed one. */
  readonly sealedPlace?: StateStore;
  /**
   * What a plan on the state would not know; undefined where the state can't be looked into (it is encrypted). Absent for HCL of its own:
   * only its engine knows which addresses it may produce.
   */
  readonly unknownAddresses?: (state: StateRead) => readonly string[] | undefined;
  readonly newestBackup?: NewestBackup;
  readonly clock: Clock;
}

/** Checks one state where the flag says it is: readable, the ledger's, of this generation, under no cutover, all of it known. */
export async function checkState(options: StateCheckOptions): Promise<readonly CheckLine[]> {
  const { id, contract, place, ledgerEntry, beside } = options;
  let state: StateRead | undefined;
  const lines: CheckLine[] = [];
  const readable = await checkLine(`${id}: state`, async () => {
    state = await place.read();
    const where = location(contract);
    if (state !== undefined) return `serial ${state.serial} at ${where}`;
    if (ledgerEntry !== undefined && ledgerEntry.lineage !== "new") {
      throw stateLost(where, ledgerEntry);
    }
    if (ledgerEntry === undefined)
      return { note: `no state at ${where}, and no ledger entry: a stack that was never deployed, or a wrong address` };
    return `no state yet at ${where}, as the ledger says`;
  });
  lines.push(readable);

  lines.push(await checkLine(`${id}: ledger`, async () => compareLedger(options, state)));
  if (beside !== undefined) {
    lines.push(await checkGeneration(options, beside));
    lines.push(
      await checkLine(`${id}: cutover`, async () => {
        const journal = await Journal.peek(beside.store, beside.stateKey);
        if (!isUnfinished(journal)) return "none under way";
        throw moveUnderWay(id, journal);
      }),
    );
  }
  lines.push(...(await checkSeal(options)));
  const { newestBackup } = options;
  if (newestBackup !== undefined) lines.push(await checkBackup(id, state, newestBackup));
  if (state !== undefined) {
    const read = state;
    lines.push(
      await checkLine(`${id}: addresses`, async () => {
        const { unknownAddresses } = options;
        if (unknownAddresses === undefined) return { note: addressesUnknowable };
        const unknown = unknownAddresses(read);
        if (unknown === undefined) return { note: "the state is encrypted: its addresses are seen by the engine only" };
        if (unknown.length === 0) return "every address is one that this program has, or once had";
        throw unknownInState(unknown, id);
      }),
    );
  }
  return lines;
}

function compareLedger(
  { id, ledgerEntry, stateName, ledgerFile }: StateCheckOptions,
  state: StateRead | undefined,
): string | { note: string } {
  if (ledgerEntry?.ended !== undefined) throw stateEnded(id, ledgerFile, ledgerEntry.ended);
  if (ledgerEntry === undefined) return { note: `${ledgerFile} has no entry for ${stateName}` };
  if (state === undefined) return { note: "nothing to compare" };
  if (ledgerEntry.lineage !== "new" && ledgerEntry.lineage !== state.lineage)
    throw otherLineage(state.lineage, ledgerEntry.lineage);
  if (state.serial < ledgerEntry.serial) throw serialBehindLedger(state.serial, ledgerEntry.serial);
  return `lineage as recorded, serial at least ${ledgerEntry.serial}`;
}
