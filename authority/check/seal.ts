import { type LedgerEntry } from "../../lib/config/ledger";
import { UserError } from "../../lib/errors";
import { forTerminal } from "../../lib/text/terminal";
import { type Clock } from "../clock";
import { Journal } from "../cutover/journal";
import { type JournalRecord } from "../cutover/record";
import { forked, isFork, sealBroken, sealReplaced } from "../cutover/refusals";
import { readGeneration } from "../ledger/generation";
import { heldLock } from "../state/held-lock";
import { type StateStore } from "../state/state-store";
import { type ObjectStore } from "../stores/object-store";
import { checkLine, type CheckLine } from "./line";

interface SealCheckOptions {
  readonly id: string;
  readonly ledgerEntry?: LedgerEntry;
  /** The place that was left; absent where configuration tells no way to it. */
  readonly sealedPlace?: StateStore;
  readonly beside?: { readonly store: ObjectStore; readonly stateKey: string };
  readonly clock: Clock;
}

/**
 * Looks for the seal at the place that was left: nothing else keeps a stale client out. A place that cannot be reached is a note where
 * the generation proves the move; a copy there that is newer than what was moved is a fork. Nothing where no place was left.
 */
export async function checkSeal(options: SealCheckOptions): Promise<readonly CheckLine[]> {
  const { id, ledgerEntry: entry, sealedPlace, clock } = options;
  const { sealed, forgotten } = entry ?? {};
  if (forgotten !== undefined)
    return [
      await checkLine(`${id}: seal`, async () => `${forgotten.location} is looked at no more, since ${forgotten.at}`),
    ];
  if (entry === undefined || sealed === undefined) return [];
  const line = await checkLine(`${id}: seal`, async () => {
    const age = ageOf(entry, clock);
    if (sealedPlace === undefined)
      return {
        note: `${sealed.location} was left ${age}, and configuration tells no way to it: its seal is not looked at`,
      };
    try {
      const holder = await heldLock(sealedPlace, "flywheel check", clock);
      const copy = await sealedPlace.read();
      if (copy !== undefined && isFork(entry, copy, await journalOf(options))) throw forked(id, entry, copy);
      if (holder === undefined) throw sealBroken(id, entry);
      if (holder.ID !== sealed.lock) throw sealReplaced(id, entry, forTerminal(holder.Who));
      return `${sealed.location} is sealed`;
    } catch (error) {
      if (!(error instanceof UserError) || !isOutOfReach(error) || !(await isProved(options, entry))) throw error;
      return {
        note: `${sealed.location}, left ${age}, cannot be looked at: ${error.problems[0]?.what ?? error.message}; the generation proves the move. Where that server is gone for good: flywheel cutover ${id} --forget-source`,
      };
    }
  });
  return [line];
}

async function journalOf({ beside }: SealCheckOptions): Promise<JournalRecord | undefined> {
  return beside === undefined ? undefined : Journal.peek(beside.store, beside.stateKey);
}

/** No answer, or one that lets us not in: it tells nothing of the seal. */
function isOutOfReach({ problems }: UserError): boolean {
  const codes = ["state-unavailable", "store-unavailable", "store-timeout", "not-allowed", "no-locking"];
  return problems.every(({ code }) => codes.includes(code));
}

async function isProved({ beside }: SealCheckOptions, entry: LedgerEntry): Promise<boolean> {
  if (beside === undefined) return false;
  const known = await readGeneration(beside.store, beside.stateKey).catch(() => undefined);
  return known?.generation === entry.generation && known.location === entry.location;
}

/** `12 days ago, on 2026-04-16`. */
function ageOf({ at }: LedgerEntry, clock: Clock): string {
  const days = Math.floor((clock.now().getTime() - Date.parse(at)) / 86_400_000);
  const ago = days < 1 ? "today" : days === 1 ? "a day ago" : `${days} days ago`;
  return `${ago}, on ${at.slice(0, 10)}`;
}
