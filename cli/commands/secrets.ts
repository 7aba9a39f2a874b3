import { configurationFolder, loadConfiguration, type StackInstance } from "../../lib/config/load";
import { selectStacks } from "../../lib/config/select";
import { secretsWithoutValue, secretVariable } from "../../lib/engine/environment";
import { refuseIfAny } from "../../lib/errors";
import { missingSecret } from "../refusals";
import { print, printJson, table } from "../terminal";

/** `flywheel secrets`: what a run needs and what is missing, by name. Exit code 1 where something is missing. */
export function secretsCommand(id: string | undefined, options: { readonly json?: true }): void {
  const configuration = loadConfiguration(configurationFolder());
  const stacks = selectStacks(configuration, id === undefined ? [] : [id]);
  const rows = stacks.flatMap((stack) => {
    const missing = secretsWithoutValue(stack, process.env);
    return [...stack.secrets].map((name) => ({
      id: stack.id,
      name,
      given: !missing.includes(name),
      variables: [`TF_VAR_${name}`, secretVariable(stack.id, name)],
    }));
  });
  const isComplete = rows.every(({ given }) => given);
  if (options.json === true) printJson({ ok: isComplete, secrets: rows });
  else if (rows.length === 0) print("no stack is given a secret");
  else
    print(
      table([
        ["stack", "secret", "", "for every stack", "for this one only"],
        ...rows.map((row) => [row.id, row.name, row.given ? "given" : "missing", ...row.variables]),
      ]),
    );
  if (!isComplete) process.exitCode = 1;
}

/** Before an engine run. @throws UserError that names every secret without a value and both its variables. */
export function refuseMissingSecrets(stack: StackInstance, environment: NodeJS.ProcessEnv): void {
  refuseIfAny(
    secretsWithoutValue(stack, environment).map((name) =>
      missingSecret(stack.id, name, `TF_VAR_${name}`, secretVariable(stack.id, name)),
    ),
  );
}
