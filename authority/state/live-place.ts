import { resolveContracts } from "../../lib/backend/resolve";
import { type StateContract } from "../../lib/backend/contract";
import { type Configuration, type StackInstance } from "../../lib/config/load";
import { ledgerEntry, type LedgerEntry } from "../../lib/config/ledger";
import { refuseIfAny } from "../../lib/errors";
import { readGeneration, staleCheckout, type Generation } from "../ledger/generation";
import { openBeside, openStateStore } from "./open-state-store";
import { type StateStore } from "./state-store";

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

/** The generation that is kept beside a state; undefined also where there is no way to it. */
export async function generationOf(
  configuration: Configuration,
  stack: StackInstance,
  contract: StateContract,
  environment: NodeJS.ProcessEnv,
): Promise<Generation | undefined> {
  const beside = openBeside(contract, { configuration, stack, environment });
  try {
    return beside === undefined ? undefined : await readGeneration(beside.store, beside.stateKey);
  } finally {
    beside?.store.close();
  }
}
