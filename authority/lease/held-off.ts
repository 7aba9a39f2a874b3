import { type Configuration, type StackInstance } from "../../lib/config/load";
import { findContracts } from "../../lib/backend/resolve";
import { UserError } from "../../lib/errors";
import { leaseHeld } from "../refusals";
import { servedAt } from "../state/open-state-store";
import { type ObjectStore } from "../stores/object-store";
import { openBesideState, type BesideState } from "./beside-state";
import { besideObjects } from "./beside-objects";
import { refuseFrozen } from "./freeze";
import { readLease } from "./lease";

/** Returns where nobody applies and nothing is frozen. @throws UserError `lease-held`, `frozen`. */
export async function refuseHeldOff({
  lease,
  freeze,
  freezeAll,
}: Pick<BesideState, "lease" | "freeze" | "freezeAll">): Promise<void> {
  const held = await readLease(lease);
  if (held !== undefined) throw leaseHeld(lease.description, held.record);
  await refuseFrozen([freeze, freezeAll], new Date());
}

/**
 * Before a state is moved, or an older one put in its place: in the bucket, and at the server that serves it today.
 * @throws UserError `lease-held`, `frozen`, with who and since when.
 */
export async function refuseWhileHeldOff(
  {
    configuration,
    stack,
    environment,
  }: { configuration: Configuration; stack: StackInstance; environment: NodeJS.ProcessEnv },
  { store, stateKey }: { readonly store: ObjectStore; readonly stateKey: string },
): Promise<void> {
  await refuseHeldOff(besideObjects(store, stateKey));
  const contract = (await findContracts(configuration, [stack], environment)).contracts.get(stack.id);
  if (contract === undefined || servedAt(contract) === undefined) return;
  let beside: BesideState;
  try {
    beside = await openBesideState(configuration, stack, contract, environment);
  } catch (error) {
    // The place that is left may be out, or not ours: what the bucket says counts.
    if (error instanceof UserError) return;
    throw error;
  }
  try {
    await refuseHeldOff(beside);
  } finally {
    beside.close();
  }
}
