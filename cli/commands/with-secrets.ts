import { z } from "zod";
import { runChild } from "../../lib/child";
import {
  type Configuration,
  configurationFolder,
  loadConfiguration,
  type StackInstance,
  everyStack,
} from "../../lib/config/load";
import { selectStacks } from "../../lib/config/select";
import { secretVariable, stateCredentials } from "../../lib/engine/environment";
import { refuseIfAny, refusal } from "../../lib/errors";
import { secretsUnreadable, unknownSecretName } from "../refusals";

/** The age identity that opens plan bundles, where it is in no file. */
export const planIdentityVariable = "FLYWHEEL_PLAN_IDENTITY";

/** The variable with the map. */
const variable = "FLYWHEEL_SECRETS";

/**
 * `flywheel with-secrets`: runs a command with what FLYWHEEL_SECRETS has for one stack, under the names that `flywheel secrets` prints.
 * Where GitHub runs it every value of the map is masked first, also those that are not passed on. The exit code is the command's.
 */
export async function withSecretsCommand(id: string, command: readonly string[]): Promise<void> {
  const values = readMap(process.env[variable] ?? "");
  if (process.env["GITHUB_ACTIONS"] === "true") for (const value of values.values()) mask(value);
  const configuration = loadConfiguration(configurationFolder());
  const known = new Set([...shared, ...everyStack(configuration).flatMap(secretNames)]);
  refuseIfAny([...values.keys()].filter((name) => !known.has(name)).map((name) => unknownSecretName(name, variable)));
  const { [variable]: _map, ...env } = process.env;
  const given = namesFor(configuration, id);
  const own = Object.fromEntries([...values].filter(([name]) => given.has(name)));
  const [program = "", ...args] = command[0] === "--" ? command.slice(1) : command;
  const { exitCode } = await runChild({
    program,
    args,
    env: { ...env, ...own },
    stdin: "ours",
    stdout: "to stdout",
    stderr: "to stderr",
  });
  process.exitCode = exitCode;
}

/** What no stack has for itself. */
const shared = [...stateCredentials, planIdentityVariable];

function namesFor(configuration: Configuration, id: string): ReadonlySet<string> {
  return new Set([...shared, ...selectStacks(configuration, [id]).flatMap(secretNames)]);
}

function secretNames(stack: StackInstance): readonly string[] {
  return [...stack.secrets].flatMap((name) => [`TF_VAR_${name}`, secretVariable(stack.id, name)]);
}

/** @throws UserError that repeats nothing of the text: all of it may be secret. */
function readMap(text: string): ReadonlyMap<string, string> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw refusal(secretsUnreadable(variable, text === "" ? "it is not set, or empty" : "it is not JSON"));
  }
  const parsed = z.record(z.string(), z.string().min(1)).safeParse(document);
  if (!parsed.success)
    throw refusal(secretsUnreadable(variable, "it is no map from names to texts that are not empty"));
  return new Map(Object.entries(parsed.data));
}

/** Each line by itself, since a log is masked line by line. On stderr: stdout is the command's. */
function mask(value: string): void {
  const lines = new Set([...value.split(/\r?\n/), JSON.stringify(value).slice(1, -1)]);
  for (const line of lines)
    if (line.trim() !== "")
      process.stderr.write(`::add-mask::${line.replaceAll("%", "%25").replaceAll("\r", "%0D")}\n`);
}
