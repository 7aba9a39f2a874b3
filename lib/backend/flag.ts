import { type BackendType } from "../config/backends";
import { type Configuration, type StackInstance } from "../config/load";
import { authorityStack } from "../config/names";

/**
 * The backend the flag chooses for a stack: its stack-and-environment's choice, else its stack's, else the flag itself. The stack that
 * makes what the flag leads to is beside it: configuration takes no other choice for it.
 */
export function chosenBackend(configuration: Configuration, stack: StackInstance): BackendType {
  if (stack.stack === authorityStack) return "kubernetes";
  const { backend, stacks } = configuration.organization.state;
  const choice = stacks[stack.stack];
  if (typeof choice === "string") return choice;
  return choice?.[stack.environment] ?? backend;
}

/** Where in organization.yaml that choice stands. */
export function flagPath(configuration: Configuration, stack: StackInstance): readonly string[] {
  if (stack.stack === authorityStack) return ["state", "kubernetes"];
  const choice = configuration.organization.state.stacks[stack.stack];
  if (typeof choice === "string") return ["state", "stacks", stack.stack];
  return choice?.[stack.environment] === undefined
    ? ["state", "backend"]
    : ["state", "stacks", stack.stack, stack.environment];
}
