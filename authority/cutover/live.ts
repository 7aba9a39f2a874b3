import { isAt, type StateContract } from "../../lib/backend/contract";
import { type Generation } from "../ledger/generation";
import { type JournalRecord } from "./record";

/**
 * Whether the bucket's own record says that the state is at this place. A seal there is none then: a process that was slow, or a
 * request that was long on its way, took it after its move was over, and `flywheel unlock` gives it back.
 */
export function isLiveAt(
  contract: StateContract,
  generation: Generation | undefined,
  journal: JournalRecord | undefined,
): boolean {
  // Never moved: only where a journal shows that this is a place that moves were tried from.
  return generation === undefined ? journal?.state === "aborted" : isAt(contract, generation);
}
