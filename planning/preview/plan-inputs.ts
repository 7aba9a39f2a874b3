import { type ProgramInstance } from "../../lib/config/load";
import { sha256 } from "../../lib/sha256";
import { planEnvironment } from "./placeholders";

/**
 * One digest of all that a stack's plan from no state is made of, but for the code that makes it: what was synthesized, whose it is, and the
 * values of its variables. Two programs that agree on it, and plan by the same code, plan the same.
 */
export function planInputs(stack: ProgramInstance, synthesized: string, environment: NodeJS.ProcessEnv): string {
  const variables = Object.entries(planEnvironment(stack, environment)).filter(([name]) => name.startsWith("TF_VAR_"));
  const sorted = variables.sort(([one], [other]) => (one < other ? -1 : 1));
  return sha256(JSON.stringify([stack.id, stack.stack, stack.environment, synthesized, sorted]));
}
