import { type ProgramInstance } from "../../lib/config/load";
import { settingsSpecs } from "../../lib/config/stacks";
import { type SecretSpec } from "../../lib/config/settings";
import { secretsWithoutValue } from "../../lib/engine/environment";

/** Secrets without a value, and the texts that stand in for them: previews only, and they say so. */
export function placeholdersFor(stack: ProgramInstance, environment: NodeJS.ProcessEnv): ReadonlyMap<string, string> {
  const specs: Readonly<Record<string, SecretSpec>> = settingsSpecs[stack.stack].secrets;
  return new Map(
    secretsWithoutValue(stack, environment).map((name) => [
      name,
      specs[name]?.placeholder ?? `placeholder-for-${name.replaceAll("_", "-")}`,
    ]),
  );
}
