import { join } from "node:path";
import { openStateStore } from "../authority/state/open-state-store";
import { location, type StateContract } from "../lib/backend/contract";
import { findContracts } from "../lib/backend/resolve";
import { type Configuration, type StackInstance } from "../lib/config/load";
import { ledgerEntry } from "../lib/config/ledger";
import { refuseIfAny } from "../lib/errors";
import { writeFileAtomically } from "../lib/files";
import { type PriorState } from "../planning/preview/prior-state";
import { liveStateMissing, otherLineage } from "./refusals";
import { note } from "./terminal";

/** A stack's state as it is where it lives, in a private file; `place` is where. */
export interface LiveState extends PriorState {
  readonly place: string;
}

/**
 * Reads the stacks' states where the flag says they live into `folder`, by stack id: read only, no lock. A stack that was never
 * deployed has none.
 * @throws UserError for a place that cannot be read, and where the ledger knows a state and the place has none, or another one.
 */
export async function readLiveStates(
  configuration: Configuration,
  stacks: readonly StackInstance[],
  folder: string,
): Promise<ReadonlyMap<string, LiveState>> {
  const { contracts, problems } = await findContracts(configuration, stacks, process.env);
  refuseIfAny(problems);
  const read = await Promise.all(
    stacks.map(async (stack) => {
      const contract = contracts.get(stack.id);
      if (contract === undefined) throw new Error(`${stack.id} has no contract and no problem`);
      const file = join(folder, `${stack.id}.tfstate`);
      return (await readOne(configuration, stack, contract, file))
        ? [[stack.id, { file, name: "the live state", place: location(contract) }] as const]
        : [];
    }),
  );
  return new Map(read.flat());
}

async function readOne(
  configuration: Configuration,
  stack: StackInstance,
  contract: StateContract,
  file: string,
): Promise<boolean> {
  const place = location(contract);
  note(`reading the state of ${stack.id} at ${place}`);
  const store = openStateStore(contract, process.env, configuration.organization.state.s3?.authority);
  const found = await store.read().finally(() => store.close());
  const entry = ledgerEntry(configuration.ledger, stack);
  const expected = entry?.lineage === "new" ? undefined : entry?.lineage;
  if (found === undefined) {
    if (expected !== undefined) throw liveStateMissing(stack.id, place, configuration.ledger.file);
    return false;
  }
  if (expected !== undefined && found.lineage !== expected)
    throw otherLineage({ id: stack.id, place, found: found.lineage, expected, ledger: configuration.ledger.file });
  writeFileAtomically(file, found.bytes.toString("utf8"), 0o600);
  return true;
}
