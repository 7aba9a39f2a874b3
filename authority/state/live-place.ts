import { resolveContracts } from "../../lib/backend/resolve";
import { type StateContract } from "../../lib/backend/contract";
import { type Configuration, type StackInstance } from "../../lib/config/load";
import { ledgerEntry, type LedgerEntry } from "../../lib/config/ledger";
import { refuseIfAny, UserError } from "../../lib/errors";
import { configuredS3Store } from "../stores/configured-store";
import { readGeneration, staleCheckout, type Generation } from "../ledger/generation";
import { openStateStore } from "./open-state-store";
import { stateKey } from "./state-key";
import { type StateStore } from "./state-store";
import { S3Store } from "../stores/s3";

/** The one place where a stack's state lives. */
export interface LivePlace {
  readonly state: StateStore;
  readonly contract: StateContract;
  readonly entry?: LedgerEntry;
}

/**
 * Opens the place that flag and ledger name. @throws UserError where they disagree, where this checkout is older than the last
 * cutover, or where credentials are missing.
 */
export async function openLivePlace(
  configuration: Configuration,
  stack: StackInstance,
  environment: NodeJS.ProcessEnv,
): Promise<LivePlace> {
  const contract = (await resolveContracts(configuration, [stack], environment)).get(stack.id);
  if (contract === undefined) throw new Error(`${stack.id} has neither a place nor a problem`);
  const entry = ledgerEntry(configuration.ledger, stack);
  const stale = staleCheckout(
    stack.stateName,
    configuration.ledger.file,
    entry,
    await generationOf(configuration, stack, contract, environment),
  );
  refuseIfAny(stale === undefined ? [] : [stale]);
  const state = openStateStore(contract, environment, configuration.organization.state.s3?.authority);
  return { state, contract, ...(entry === undefined ? {} : { entry }) };
}

/** The generation that is kept beside a state. Undefined also where an operator of the HTTP contract has no way to the bucket: there the seal keeps an old checkout out. */
export async function generationOf(
  configuration: Configuration,
  stack: StackInstance,
  contract: StateContract,
  environment: NodeJS.ProcessEnv,
): Promise<Generation | undefined> {
  const store =
    contract.type === "s3"
      ? new S3Store({ ...contract, authority: configuration.organization.state.s3?.authority, environment })
      : bucketIfReachable(configuration, environment);
  try {
    return (
      store && (await readGeneration(store, contract.type === "s3" ? contract.key : stateKey(configuration, stack)))
    );
  } finally {
    store?.close();
  }
}

function bucketIfReachable(configuration: Configuration, environment: NodeJS.ProcessEnv): S3Store | undefined {
  try {
    return configuredS3Store(configuration, environment);
  } catch (error) {
    if (
      error instanceof UserError &&
      error.problems.every(({ code }) => ["no-bucket", "many-buckets", "no-credentials"].includes(code))
    )
      return undefined;
    throw error;
  }
}
