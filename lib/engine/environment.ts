import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { families } from "../backend/families";
import { variablesForSynth } from "../backend/http/today";
import { type ForeignVariable } from "../backend/family";
import { type StackInstance } from "../config/load";
import { refuseIfAny } from "../errors";
import { foreignVariable } from "./refusals";

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

/*
 * What an engine run of ours sees of the environment, in one list. Everything passes but
 * - what is ours to decide: it never reaches the engine, whatever it says;
 * - what would decide where state is, what is planned, or how it is written, behind a check that knows nothing of it: it is
 *   refused, by name and never by value, which may hold a secret.
 */

/** Only fed synth, is set by us, or opens bundles. TF_HTTP_LEGACY_* are the credentials of a place that no engine run of ours goes to. */
const ours = new Set([...variablesForSynth, "TF_DATA_DIR", "FLYWHEEL_PLAN_IDENTITY"]);
const oursByPrefix = ["TF_HTTP_LEGACY_", "FLYWHEEL_SECRET_"];

/** How a run proves to the place of a state who it is, on any backend. */
export const stateCredentials: readonly string[] = Object.values(families).flatMap(({ credentials }) => credentials);

/** What the engines, their backends and the providers of these stacks read, and what it would decide. */
const foreign: readonly ForeignVariable[] = [
  ...Object.values(families).flatMap(({ foreignVariables }) => foreignVariables),
  [/^TF_WORKSPACE$/, "where the state is"],
  [/^TF_CLI_ARGS/, "the arguments of every engine run"],
  [/^TF_REATTACH_PROVIDERS$/, "which providers plan and apply"],
  [/^TF_ENCRYPTION$/, "how state and plans are written"],
  [/^TF_STATE_PERSIST_INTERVAL$/, "when the state is written"],
  [/^TF_FORCE_LOCAL_BACKEND$/, "where the state is"],
  [/^HELM_DRIVER$/, "where Helm keeps what is released"],
];

/** Whether engines run with replayed providers, attached by whoever started us. */
export const isReplay = (environment: NodeJS.ProcessEnv) => environment["FLYWHEEL_REPLAY"] === "1";

/** The variables of `environment` that no engine run of ours may see: name, and what it would decide. */
function foreignIn(environment: NodeJS.ProcessEnv): readonly { name: string; decides: string }[] {
  return Object.entries(environment).flatMap(([name, value]) => {
    if (value === undefined || value === "" || isOurs(name) || stateCredentials.includes(name)) return [];
    if (name === "TF_REATTACH_PROVIDERS" && isReplay(environment)) return [];
    // The default.
    if (name === "TF_WORKSPACE" && value === "default") return [];
    const found = foreign.find(([pattern]) => pattern.test(name));
    return found === undefined ? [] : [{ name, decides: found[1] }];
  });
}

function isOurs(name: string): boolean {
  return ours.has(name) || oursByPrefix.some((prefix) => name.startsWith(prefix));
}

/**
 * Before an engine is run on a real state, and before anything says that it may be.
 * @throws UserError that names every variable that would decide behind our back.
 */
export function refuseForeignVariables(environment: NodeJS.ProcessEnv): void {
  refuseIfAny(foreignIn(environment).map(({ name, decides }) => foreignVariable(name, decides)));
}

/**
 * The environment of an engine run for one stack, by its id: what the list lets pass, without the secrets meant for other stacks,
 * and with this stack's own as TF_VAR_<name>. Files are named as seen from `from`, where the operator typed.
 * The workspace is the default one, whatever a left `.terraform/environment` says.
 */
export function stackEnvironment(id: string, environment: NodeJS.ProcessEnv, from = process.cwd()): NodeJS.ProcessEnv {
  const own = secretVariable(id, "");
  const hidden = new Set(foreignIn(environment).map(({ name }) => name));
  const shared = Object.entries(environment).filter(([name]) => !isOurs(name) && !hidden.has(name));
  const secrets = Object.entries(environment).flatMap(([name, value]) =>
    name.startsWith(own) ? [[`TF_VAR_${name.slice(own.length)}`, value] as const] : [],
  );
  return { ...withRoots(withFiles(Object.fromEntries([...shared, ...secrets]), from)), TF_WORKSPACE: "default" };
}

const mayBeMissing: readonly string[] = ["TF_CLI_CONFIG_FILE", "TERRAFORM_CONFIG"];
const files: readonly string[] = [
  ...mayBeMissing,
  "TF_PLUGIN_CACHE_DIR",
  "SSL_CERT_FILE",
  "NODE_EXTRA_CA_CERTS",
  "AWS_CA_BUNDLE",
];

/** Private roots have another name in each program. The engines' http backend knows this one alone, and adds it to the system's. */
function withRoots(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const roots = env["SSL_CERT_FILE"] || env["NODE_EXTRA_CA_CERTS"] || env["AWS_CA_BUNDLE"];
  return roots === undefined || roots === "" ? env : { ...env, SSL_CERT_FILE: roots };
}

/**
 * Files are absolute, since the engine runs elsewhere. A configuration file that is not there makes the engines warn on every run,
 * in the middle of what programs read: it is left out, as the engines do.
 */
function withFiles(env: NodeJS.ProcessEnv, from: string): NodeJS.ProcessEnv {
  const result = { ...env };
  for (const name of files) {
    const value = env[name];
    if (value === undefined) continue;
    const file = resolve(from, value);
    if (value !== "" && (!mayBeMissing.includes(name) || existsSync(file))) result[name] = file;
    else Reflect.deleteProperty(result, name);
  }
  return result;
}

/**
 * As stackEnvironment, for a plan in a folder of ours on a state that was put there: with the operator's way to providers, clusters
 * and clouds, and without what would write logs (they hold secrets).
 */
export function privateEnvironment(id: string, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const logs = /^TF_(LOG|TEMP_LOG_PATH$)/;
  const env = Object.fromEntries(
    Object.entries(stackEnvironment(id, environment)).filter(([name]) => !logs.test(name)),
  );
  return { ...env, CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1" };
}

/**
 * As stackEnvironment, for a plan that must depend on the configuration alone: no backend, workspace, log or argument setting of
 * the engines, and no way to a cluster or to a cloud.
 */
export function hermeticEnvironment(stack: StackInstance, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const outside = /^(TF_(?!VAR_)|TOFU_|TERRAFORM_|AWS_|KUBE|HELM_|GOOGLE_|ARM_)/;
  const env = Object.fromEntries(
    Object.entries(stackEnvironment(stack.id, environment)).filter(([name]) => !outside.test(name)),
  );
  return { ...env, CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1" };
}
