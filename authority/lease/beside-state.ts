import { location, type StateContract } from "../../lib/backend/contract";
import { isMovableBackend } from "../../lib/config/backends";
import { type Configuration, type StackInstance } from "../../lib/config/load";
import { UserError } from "../../lib/errors";
import { type Generation, parseGeneration, readGeneration } from "../ledger/generation";
import { noBesideHere, nothingBesideSecret } from "../refusals";
import { openBeside, servedAt } from "../state/open-state-store";
import { besideObjects, type BesideObjects } from "./beside-objects";
import { servedObjects } from "./served-object";

/** What lies beside a state and is changed by compare-and-swap. */
export interface BesideState extends BesideObjects {
  /** How often the state was moved; undefined: never. */
  generation(): Promise<Generation | undefined>;
  close(): void;
}

/**
 * Opens what lies beside a state: for a state behind `flywheel serve` by its routes, so that everybody on that server sees one and the
 * same, else in the bucket. @throws UserError `nothing-beside` for a state on another server, where no bucket is configured or reached.
 */
export async function openBesideState(
  configuration: Configuration,
  stack: StackInstance,
  contract: StateContract,
  environment: NodeJS.ProcessEnv,
): Promise<BesideState> {
  const served = await openServed(stack, contract, environment);
  if (served !== undefined) return served;
  const beside = openBeside(contract, { configuration, stack, environment });
  if (beside === undefined)
    throw isMovableBackend(contract.type) ? noBesideHere(location(contract)) : nothingBesideSecret(location(contract));
  const { store, stateKey } = beside;
  return {
    ...besideObjects(store, stateKey),
    generation: () => readGeneration(store, stateKey),
    close: () => store.close(),
  };
}

/** By the routes of our server; undefined where the state is not behind one. */
async function openServed(
  { stateName }: StackInstance,
  contract: StateContract,
  environment: NodeJS.ProcessEnv,
): Promise<BesideState | undefined> {
  const address = servedAt(contract);
  const end = `/state/${stateName}`;
  if (address === undefined || !address.endsWith(end)) return undefined;
  const objects = servedObjects(environment);
  const freezeAll = objects.at(`${address.slice(0, -end.length)}/freeze`);
  try {
    await freezeAll.read();
  } catch (error) {
    objects.close();
    if (error instanceof UserError && error.problems.every(({ code }) => code === "nothing-beside")) return undefined;
    throw error;
  }
  return {
    lease: objects.at(`${address}/lease`),
    applies: objects.at(`${address}/applies`),
    freeze: objects.at(`${address}/freeze`),
    freezeAll,
    generation: async () => {
      const object = objects.at(`${address}/generation`);
      const stored = await object.read();
      return stored === undefined ? undefined : parseGeneration(stored.bytes, object.description);
    },
    close: () => objects.close(),
  };
}
