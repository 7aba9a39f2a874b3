import { location } from "../../lib/backend/contract";
import { contractOn } from "../../lib/backend/resolve";
import { chosenBackend } from "../../lib/backend/flag";
import { isMovableBackend } from "../../lib/config/backends";
import { type Configuration, type StackInstance } from "../../lib/config/load";
import { notMovable } from "../refusals";

/** Whether a flag decides where this stack's state is: then it may have versions, a generation, a journal and traces in a bucket of ours. */
export function isMovable(configuration: Configuration, stack: StackInstance): boolean {
  return isMovableBackend(chosenBackend(configuration, stack));
}

/** @throws UserError `not-movable` for a stack whose state no flag moves; `what` it has then: `no earlier versions`. */
export async function requireMovable(
  configuration: Configuration,
  stack: StackInstance,
  environment: NodeJS.ProcessEnv,
  what: string,
): Promise<void> {
  const backend = chosenBackend(configuration, stack);
  if (isMovableBackend(backend)) return;
  throw notMovable(stack.id, location(await contractOn(backend, configuration, stack, environment)), what);
}
