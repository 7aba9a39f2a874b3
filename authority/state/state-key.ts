import { type Configuration, type StackInstance } from "../../lib/config/load";

/**
 * The object that holds a stack's state in a store of ours: the key of `state.s3` where it is configured, so that both doors
 * mean the same object, and the same default otherwise.
 */
export function stateKey(configuration: Configuration, { stack, environment }: StackInstance): string {
  const { s3 } = configuration.organization.state;
  const template = s3?.keys[stack]?.[environment] ?? s3?.key ?? "{env}/{stack}/terraform.tfstate";
  return template.replaceAll("{stack}", stack).replaceAll("{env}", environment);
}
