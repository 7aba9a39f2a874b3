/** The stack that defines what the states of all others stand on. */
export const authorityStack = "state-authority";

/** The stacks this program knows, in the order they are deployed. */
export const stackNames = [authorityStack, "attic", "arc-runners", "gitlab-runners", "runner-dashboard"] as const;

export type StackName = (typeof stackNames)[number];

/** A stack in an environment, by its names: one of the program, or a folder of HCL. */
export interface StackKey {
  readonly stack: string;
  readonly environment: string;
}

export function isStackName(name: string): name is StackName {
  return stackNames.some((known) => known === name);
}

/** What operators type: the bare stack in the default environment, `<stack>-<env>` in the others. */
export function stackId(key: StackKey, defaultEnvironment: string): string {
  return key.environment === defaultEnvironment ? key.stack : `${key.stack}-${key.environment}`;
}

/** The name of a state: always with its environment, so that another default never points a stack at a foreign state. */
export function stateName(key: StackKey): string {
  return `${key.stack}-${key.environment}`;
}
