import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { variablesOfFolder } from "../../lib/backend/block-variables";
import { type StateContract } from "../../lib/backend/contract";
import { type Configuration, type StackInstance } from "../../lib/config/load";
import { stackFolder } from "../../lib/engine/errored-state";
import { type Needs } from "../../stacks/order";
import { synthesize } from "../../stacks/synth";
import { type PreparedFolder, prepareFolder } from "./prepare";

/** A stack's folder, ready for its engine. */
export interface PreparedRun extends PreparedFolder {
  /** What each stack of the program needs of others, by its id; of a folder of HCL nobody knows. */
  readonly needs: Needs;
}

/**
 * Puts what the engine is given into a stack's folder: what is synthesized, or a mirror of its HCL.
 * @throws UserError as synth, or as prepareFolder.
 */
export function prepareRun(
  configuration: Configuration,
  stack: StackInstance,
  contracts: ReadonlyMap<string, StateContract>,
  environment: NodeJS.ProcessEnv,
): PreparedRun {
  if (stack.folder !== undefined) {
    const contract = contracts.get(stack.id);
    if (contract === undefined) throw new Error(`${stack.id} has neither a place nor a problem`);
    return { ...prepareFolder(stack, contract), needs: new Map() };
  }
  const { stacks } = configuration;
  const needs = synthesize({ configuration, stacks, contracts, folder: "cdktf.out", forDeploy: true });
  const folder = stackFolder(stack);
  mkdirSync(folder, { recursive: true });
  const written = readFileSync(join(folder, "cdk.tf.json"));
  return { folder, written, env: variablesOfFolder(folder, environment), initArguments: [], planArguments: [], needs };
}
