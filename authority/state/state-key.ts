import { servedKey } from "../../lib/backend/s3/served-key";
import { type Configuration, type StackInstance } from "../../lib/config/load";

/** The object that holds a stack's state in a store of ours. */
export function stateKey(configuration: Configuration, stack: StackInstance): string {
  return servedKey(configuration.organization.state.s3, stack);
}
