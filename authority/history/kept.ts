import { location, type StateContract } from "../../lib/backend/contract";
import { type UserError } from "../../lib/errors";
import { sealedTo } from "../cutover/seal";
import { noHistory } from "../refusals";
import { openFamilies } from "../state/backends";
import { lockKey, parseLockInfo } from "../state/lock-info";
import { type ObjectStore } from "../stores/object-store";

/**
 * Why a store has no history of a state, as a refusal; undefined where it has. A state on somebody else's HTTP server has none: what the
 * store holds is then nothing, or the sealed copy that a move left behind.
 */
export async function whyNoHistory(
  id: string,
  contract: StateContract,
  store: ObjectStore,
  stateKey: string,
): Promise<UserError | undefined> {
  if (openFamilies[contract.type].isInBucket) return undefined;
  const [state, lock] = await Promise.all([store.read(stateKey), store.read(lockKey(stateKey))]);
  const moved = sealedTo(lock === undefined ? undefined : parseLockInfo(lock.bytes));
  if (moved !== undefined) return noHistory(id, location(contract), "sealed copy");
  return state === undefined ? noHistory(id, location(contract), "none") : undefined;
}
