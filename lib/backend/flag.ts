import { type BackendType } from "../config/backends";
import { type Configuration, type StackInstance } from "../config/load";

/** The backend the flag chooses for a stack: its stack-and-environment's choice, else its stack's, else the flag itself. */
export function chosenBackend(configuration: Configuration, stack: StackInstance): BackendType {
  const { backend, stacks } = configuration.organization.state;
  const choice = stacks[stack.stack];
  if (typeof choice === "string") return choice;
  return choice?.[stack.environment] ?? backend;
}

/** Where in organization.yaml that choice stands. */
export function flagPath(configuration: Configuration, stack: StackInstance): readonly string[] {
  const choice = configuration.organization.state.stacks[stack.stack];
  if (typeof choice === "string") return ["state", "stacks", stack.stack];
  return choice?.[stack.environment] === undefined
    ? ["state", "backend"]
    : ["state", "stacks", stack.stack, stack.environment];
}
