import { type StackInstance } from "../../lib/config/load";
import { settingsSpecs } from "../../lib/config/stacks";
import { type SecretSpec } from "../../lib/config/settings";
import { secretValue } from "../../lib/engine/environment";

/** Secrets without a value, and the texts that stand in for them: previews only, and they say so. */
export function placeholdersFor(stack: StackInstance, environment: NodeJS.ProcessEnv): ReadonlyMap<string, string> {
  const specs: Readonly<Record<string, SecretSpec>> = settingsSpecs[stack.stack].secrets;
  const missing = [...stack.secrets].filter((name) => (secretValue(stack, name, environment) ?? "") === "");
  return new Map(missing.map((name) => [name, specs[name]?.placeholder ?? `placeholder-for-${name.replaceAll("_", "-")}`]));
}
