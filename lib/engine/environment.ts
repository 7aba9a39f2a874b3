import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type StackInstance } from "../config/load";

/** `FLYWHEEL_SECRET_<ID>__<name>`: the id in upper case, `-` as `_`. */
export function secretVariable(id: string, name: string): string {
  return `FLYWHEEL_SECRET_${id.toUpperCase().replaceAll("-", "_")}__${name}`;
}

/** The value a stack's secret has in `environment`: its own variable wins over TF_VAR_<name>. */
export function secretValue(stack: StackInstance, name: string, environment: NodeJS.ProcessEnv): string | undefined {
  return environment[secretVariable(stack.id, name)] ?? environment[`TF_VAR_${name}`];
}

/** The stack's listed secrets that have no value in `environment`. */
export function secretsWithoutValue(stack: StackInstance, environment: NodeJS.ProcessEnv): readonly string[] {
  return [...stack.secrets].filter((name) => (secretValue(stack, name, environment) ?? "") === "");
}

/**
 * The environment of an engine run for one stack, by its id: everything but the secrets meant for other stacks, and with this
 * stack's own as TF_VAR_<name>.
 */
export function stackEnvironment(id: string, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own = secretVariable(id, "");
  const shared = Object.entries(environment).filter(([name]) => !name.startsWith("FLYWHEEL_SECRET_"));
  const secrets = Object.entries(environment).flatMap(([name, value]) =>
    name.startsWith(own) ? [[`TF_VAR_${name.slice(own.length)}`, value] as const] : [],
  );
  return withoutMissingCliConfig(Object.fromEntries([...shared, ...secrets]));
}

/** TF_CLI_CONFIG_FILE that names no file makes the engines warn on every run, in the middle of what programs read. */
function withoutMissingCliConfig(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { TF_CLI_CONFIG_FILE: file, ...rest } = env;
  return file === undefined || !existsSync(file) ? rest : env;
}

/**
 * As stackEnvironment, for a plan in a folder of ours on a state that was put there: with the operator's way to providers, clusters
 * and clouds, and without what would lead the engine to another workspace or folder, add arguments, or write logs (they hold secrets).
 */
export function privateEnvironment(id: string, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const foreign = /^TF_(CLI_ARGS|WORKSPACE$|DATA_DIR$|LOG|TEMP_LOG_PATH$)/;
  const env = Object.fromEntries(
    Object.entries(stackEnvironment(id, environment)).filter(([name]) => !foreign.test(name)),
  );
  // Relative to where the operator typed, which is not where the engine runs.
  const files = ["TF_CLI_CONFIG_FILE", "TF_PLUGIN_CACHE_DIR"].flatMap((name) =>
    env[name] === undefined || env[name] === "" ? [] : [[name, resolve(env[name])] as const],
  );
  return { ...env, ...Object.fromEntries(files), CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1" };
}

/**
 * As stackEnvironment, for a plan that must depend on the configuration alone: no backend, workspace, log or argument setting of
 * the engines, and no way to a cluster or to a cloud.
 */
export function hermeticEnvironment(stack: StackInstance, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const foreign = /^(TF_(?!VAR_)|TOFU_|AWS_|KUBE|GOOGLE_|ARM_)/;
  const env = Object.fromEntries(
    Object.entries(stackEnvironment(stack.id, environment)).filter(([name]) => !foreign.test(name)),
  );
  return { ...env, CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1" };
}
