import { type LedgerEntry } from "../../lib/config/ledger";
import { refuseIfAny } from "../../lib/errors";
import { readGeneration, staleCheckout } from "../ledger/generation";
import { type LockInfo } from "../state/lock-info";
import { type ObjectStore } from "../stores/object-store";
import { serialsIn, withSerial } from "../state/serial-bytes";
import { StateObject } from "../state/state-object";
import { summarizeState } from "../state/state-summary";
import { type Clock } from "../clock";
import {
  noSuchVersion,
  versionIsNoState,
  versionNotOfLedger,
  severalSerials,
  versionEncrypted,
  versionOfAnother,
  stateIsElsewhere,
} from "./refusals";

interface RestoreOptions {
  readonly id: string;
  readonly store: ObjectStore;
  readonly stateKey: string;
  readonly version: string;
  readonly who: string;
  readonly clock: Clock;
  /** What this checkout's ledger says of the state. */
  readonly ledger: { readonly file: string; readonly stateName: string; readonly entry?: LedgerEntry };
  /** The place as a ledger writes it; absent for the folder of an HTTP server. */
  readonly location?: string;
}

/**
 * Makes an earlier version the state again, as a new serial: nothing of the history is lost, and a client that has seen the
 * newer serial is not confused. Under the lock, like any write. The bytes are those of that version, but for the serial's digits.
 * @throws UserError for a version that is not there, of another lineage than the state or the ledger, or encrypted (its serial is inside);
 * for a checkout that is older than the last cutover; and where the ledger says that the state is elsewhere, and nothing is here.
 */
export async function restore(options: RestoreOptions): Promise<{ serial: number; from: number }> {
  const { id, store, stateKey, version, who, clock, ledger } = options;
  const stale = staleCheckout(ledger.stateName, ledger.file, ledger.entry, await readGeneration(store, stateKey));
  refuseIfAny(stale === undefined ? [] : [stale]);
  const known = ledger.entry?.lineage === "new" ? undefined : ledger.entry;
  const bytes = await store.readVersion(stateKey, version);
  if (bytes === undefined) throw noSuchVersion(version, id);
  const summary = summarizeState(bytes);
  if (typeof summary === "string") throw versionIsNoState(version, summary, id);
  if (known !== undefined && known.lineage !== summary.lineage)
    throw versionNotOfLedger({ version, lineage: summary.lineage, knownLineage: known.lineage, id });
  if (serialsIn(bytes).length !== 1) throw severalSerials(version, id);
  if (isEncrypted(bytes)) throw versionEncrypted(version, id);

  const state = new StateObject(store, stateKey, clock);
  const lock: LockInfo = {
    ID: clock.uniqueId(),
    Operation: "restore",
    Info: `version ${version}`,
    Who: who,
    Version: "flywheel",
    Created: clock.now().toISOString(),
    Path: stateKey,
  };
  await state.lock(lock, who);
  try {
    const current = await state.read();
    if (current !== undefined && current.lineage !== summary.lineage)
      throw versionOfAnother({ version, lineage: summary.lineage, currentLineage: current.lineage, id });
    if (
      current === undefined &&
      known !== undefined &&
      options.location !== undefined &&
      known.location !== options.location
    )
      throw stateIsElsewhere(options.location, known.location, id);
    const serial = Math.max(current?.serial ?? 0, summary.serial, known?.serial ?? 0) + 1;
    await state.write(withSerial(bytes, serial), lock.ID, who);
    return { serial, from: summary.serial };
  } finally {
    await state.unlock(lock.ID, who);
  }
}

function isEncrypted(bytes: Buffer): boolean {
  const document: unknown = JSON.parse(bytes.toString("utf8"));
  return typeof document === "object" && document !== null && "encrypted_data" in document;
}
