import { location, type StateContract } from "../../lib/backend/contract";
import { type BackendType } from "../../lib/config/backends";
import { type LedgerEntry } from "../../lib/config/ledger";
import { UserError } from "../../lib/errors";
import { Journal } from "../cutover/journal";
import { describeCutover, isUnfinished } from "../cutover/record";
import { isLiveAt } from "../cutover/live";
import { sealedTo } from "../cutover/seal";
import { applyOf, type BesideFacts, describeApply, describeFreeze, describeLease } from "../lease/facts";
import { readGeneration } from "../ledger/generation";
import { forTerminal } from "../../lib/text/terminal";
import { shellQuoted } from "../../lib/text/shell";
import { describeLock, type LockInfo } from "../state/lock-info";
import { type ObjectStore } from "../stores/object-store";
import { type StateStore } from "../state/state-store";

/** One row of `flywheel status`. What could not be read is told in `problem`. */
export interface StackStatus {
  readonly id: string;
  readonly backend: BackendType;
  readonly location: string;
  readonly lineage?: string;
  readonly serial?: number;
  readonly generation?: number;
  /** When it was last written, where the place tells. */
  readonly written?: Date;
  /** Who wrote it last, where the place tells, or an apply of ours did: with commit and run then. */
  readonly writer?: string;
  /** The holder; undefined where nobody is, or the place does not tell (`lockKnown`). */
  readonly lock?: string;
  readonly lockKnown: boolean;
  readonly ledger:
    "match" | "no entry" | "behind" | "no state" | "other place" | "other lineage" | "older checkout" | "ended";
  readonly cutover?: string;
  /** Who applies, or was cut off. */
  readonly lease?: string;
  /** The freezes that count now. */
  readonly freezes?: readonly string[];
  readonly problem?: string;
}

export interface StatusOptions {
  readonly id: string;
  readonly contract: StateContract;
  readonly place: StateStore;
  readonly ledgerEntry?: LedgerEntry;
  readonly beside?: { readonly store: ObjectStore; readonly stateKey: string };
  /** Lease, freezes and applies, where there is a way to them. */
  readonly facts?: BesideFacts;
}

/** Looks at one state without touching it. An outage is a row with a problem, never an exception. */
export async function stackStatus(options: StatusOptions): Promise<StackStatus> {
  const { id, contract, ledgerEntry } = options;
  const { lease, freezes = [] } = options.facts ?? {};
  const base = {
    id,
    backend: contract.type,
    location: location(contract),
    lockKnown: false,
    ...(lease === undefined ? {} : { lease: describeLease(lease) }),
    ...(freezes.length === 0 ? {} : { freezes: freezes.map(describeFreeze) }),
  };
  try {
    const { place, beside } = options;
    const [state, holder, versions, generation, journal] = await Promise.all([
      place.read(),
      place.holder?.(),
      place.history?.(1),
      beside === undefined ? undefined : readGeneration(beside.store, beside.stateKey),
      beside === undefined ? undefined : Journal.peek(beside.store, beside.stateKey),
    ]);
    const apply = options.facts === undefined ? undefined : applyOf(options.facts, state?.serial);
    const writer = apply === undefined ? versions?.[0]?.writer : describeApply(apply);
    return {
      ...base,
      ...(state === undefined ? {} : { lineage: state.lineage, serial: state.serial }),
      ...(generation === undefined ? {} : { generation: generation.generation }),
      ...(versions?.[0] === undefined ? {} : { written: versions[0].at }),
      ...(writer === undefined ? {} : { writer }),
      ...(holder === undefined
        ? {}
        : { lock: describeHeld(id, holder, !isUnfinished(journal) && isLiveAt(contract, generation, journal)) }),
      lockKnown: place.holder !== undefined,
      ledger: compare(contract, ledgerEntry, state, generation?.generation),
      ...(isUnfinished(journal) ? { cutover: describeCutover(journal) } : {}),
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return {
      ...base,
      ledger: compare(contract, ledgerEntry, "not read", undefined),
      problem: error.problems.map(({ what }) => what).join("; "),
    };
  }
}

function describeHeld(id: string, holder: LockInfo, isLive: boolean): string {
  const moved = sealedTo(holder);
  if (moved === undefined) return describeLock(holder);
  return isLive
    ? `left by a move that is over: ${forTerminal(`flywheel unlock ${id} ${shellQuoted(holder.ID)}`)}`
    : `sealed: moved to ${moved}`;
}

function compare(
  contract: StateContract,
  entry: LedgerEntry | undefined,
  state: { lineage: string; serial: number } | undefined | "not read",
  generation: number | undefined,
): StackStatus["ledger"] {
  if (entry === undefined) return "no entry";
  if (entry.backend !== contract.type || entry.location !== location(contract)) return "other place";
  if (generation !== undefined && generation > entry.generation) return "older checkout";
  if (entry.ended !== undefined) return "ended";
  if (state === "not read") return "match";
  if (state === undefined) return entry.lineage === "new" ? "match" : "no state";
  if (entry.lineage !== "new" && entry.lineage !== state.lineage) return "other lineage";
  return state.serial < entry.serial ? "behind" : "match";
}
