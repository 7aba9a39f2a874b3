import { join } from "node:path";
import { openStateStore } from "../authority/state/open-state-store";
import { type StateRead } from "../authority/state/state-object";
import { location, type StateContract } from "../lib/backend/contract";
import { findContracts } from "../lib/backend/resolve";
import { type Configuration, type StackInstance } from "../lib/config/load";
import { ledgerEntry } from "../lib/config/ledger";
import { erroredState, stackFolder } from "../lib/engine/errored-state";
import { erroredStateLeft } from "../lib/engine/refusals";
import { formatProblem, refuseIfAny } from "../lib/errors";
import { writeFileAtomically } from "../lib/files";
import { type PlannedOn, type PriorState } from "../planning/preview/prior-state";
import { liveStateMissing, otherLineage } from "./refusals";
import { note } from "./terminal";

const name = "the live state";

/**
 * Reads the stacks' states where the flag says they live into `folder`, by stack id: read only, no lock. A stack that was never
 * deployed has none.
 * @throws UserError for a place that cannot be read, and where the ledger knows a state and the place has none, or another one.
 */
export async function readLiveStates(
  configuration: Configuration,
  stacks: readonly StackInstance[],
  folder: string,
): Promise<ReadonlyMap<string, PriorState>> {
  const { contracts, problems } = await findContracts(configuration, stacks, process.env);
  refuseIfAny(problems);
  const read = await Promise.all(
    stacks.map(async (stack) => {
      const contract = contracts.get(stack.id);
      if (contract === undefined) throw new Error(`${stack.id} has no contract and no problem`);
      const file = join(folder, `${stack.id}.tfstate`);
      const found = await readOne(configuration, stack, contract);
      if (found === undefined) return [];
      writeFileAtomically(file, found.bytes.toString("utf8"), 0o600);
      return [[stack.id, { file, name, place: location(contract) }] as const];
    }),
  );
  return new Map(read.flat());
}

/** What a plan of the engine's own is made on: the state where it lives, read only. */
export async function livePlannedOn(
  configuration: Configuration,
  stack: StackInstance,
  contract: StateContract,
): Promise<PlannedOn | undefined> {
  const found = await readOne(configuration, stack, contract);
  return found === undefined ? undefined : { name, serial: found.serial, place: location(contract) };
}

async function readOne(
  configuration: Configuration,
  stack: StackInstance,
  contract: StateContract,
): Promise<StateRead | undefined> {
  const place = location(contract);
  note(`reading the state of ${stack.id} at ${place}`);
  const left = erroredState(stackFolder(stack));
  if (left !== undefined) note(formatProblem(erroredStateLeft(stack.id, left)));
  const store = openStateStore(contract, process.env, configuration.organization.state.s3?.authority);
  const found = await store.read().finally(() => store.close());
  const entry = ledgerEntry(configuration.ledger, stack);
  const expected = entry?.lineage === "new" ? undefined : entry?.lineage;
  if (found === undefined) {
    if (expected !== undefined) throw liveStateMissing(stack.id, place, configuration.ledger.file);
    return undefined;
  }
  if (expected !== undefined && found.lineage !== expected)
    throw otherLineage({ id: stack.id, place, found: found.lineage, expected, ledger: configuration.ledger.file });
  return found;
}
