import { location } from "../../lib/backend/contract";
import { contractOn } from "../../lib/backend/resolve";
import { chosenBackend } from "../../lib/backend/flag";
import { isSide } from "../../lib/config/backends";
import { type Configuration, type StackInstance } from "../../lib/config/load";
import { notASide } from "../refusals";

/** Whether a flag decides where this stack's state is: then it may have versions, a generation, a journal and traces in a bucket of ours. */
export function isMovable(configuration: Configuration, stack: StackInstance): boolean {
  return isSide(chosenBackend(configuration, stack));
}

/** @throws UserError `not-a-side` for a stack whose state no flag moves; `what` it has then: `no earlier versions`. */
export async function requireMovable(
  configuration: Configuration,
  stack: StackInstance,
  environment: NodeJS.ProcessEnv,
  what: string,
): Promise<void> {
  const backend = chosenBackend(configuration, stack);
  if (isSide(backend)) return;
  throw notASide(stack.id, location(await contractOn(backend, configuration, stack, environment)), what);
}
