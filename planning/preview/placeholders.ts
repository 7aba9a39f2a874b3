import { type ProgramInstance } from "../../lib/config/load";
import { settingsSpecs } from "../../lib/config/stacks";
import { type SecretSpec } from "../../lib/config/settings";
import { hermeticEnvironment, secretsWithoutValue } from "../../lib/engine/environment";

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

/** What an engine sees when a stack is previewed, but for the replayed providers: a secret without a value has its placeholder. */
export function planEnvironment(stack: ProgramInstance, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const placeholders = [...placeholdersFor(stack, environment)].map(([name, value]) => [`TF_VAR_${name}`, value]);
  return {
    // An engine's own garbage collector is a fifth of such a plan's processor time, and its heap is small.
    GOGC: "200",
    ...hermeticEnvironment(stack, environment),
    ...Object.fromEntries(placeholders),
  };
}
