import { existsSync } from "node:fs";
import { type StackInstance } from "../config/load";

/** `FLYWHEEL_SECRET_<ID>__<name>`: the id in upper case, `-` as `_`. */
export function secretVariable(id: string, name: string): string {
  return `FLYWHEEL_SECRET_${id.toUpperCase().replaceAll("-", "_")}__${name}`;
}

/** The value a stack's secret has in `environment`: its own variable wins over TF_VAR_<name>. */
export function secretValue(stack: StackInstance, name: string, environment: NodeJS.ProcessEnv): string | undefined {
  return environment[secretVariable(stack.id, name)] ?? environment[`TF_VAR_${name}`];
}

/**
 * The environment of an engine run for one stack, by its id: everything but the secrets meant for other stacks, and with this
 * stack's own as TF_VAR_<name>.
 */
export function stackEnvironment(id: string, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own = secretVariable(id, "");
  const shared = Object.entries(environment).filter(([name]) => !name.startsWith("FLYWHEEL_SECRET_"));
  const secrets = Object.entries(environment).flatMap(([name, value]) => (name.startsWith(own) ? [[`TF_VAR_${name.slice(own.length)}`, value] as const] : []));
  return withoutMissingCliConfig(Object.fromEntries([...shared, ...secrets]));
}

/** TF_CLI_CONFIG_FILE that names no file makes the engines warn on every run, in the middle of what programs read. */
function withoutMissingCliConfig(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { TF_CLI_CONFIG_FILE: file, ...rest } = env;
  return file === undefined || !existsSync(file) ? rest : env;
}

/**
 * As stackEnvironment, for a plan that must depend on the configuration alone: no backend, workspace, log or argument setting of
 * the engines, and no way to a cluster or to a cloud.
 */
export function hermeticEnvironment(stack: StackInstance, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const foreign = /^(TF_(?!VAR_)|TOFU_|AWS_|KUBE|GOOGLE_|ARM_)/;
  const env = Object.fromEntries(Object.entries(stackEnvironment(stack.id, environment)).filter(([name]) => !foreign.test(name)));
  return { ...env, CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1" };
}
