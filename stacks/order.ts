import { type StackResources } from "./collisions";
import { namespacesOf } from "./owned-objects";

/** A namespace that a stack puts objects into and another one makes. */
export interface Need {
  readonly namespace: string;
  /** The id of the stack that makes it, and has to be deployed first. */
  readonly stack: string;
}

/** What stacks need of others, by their ids. */
export type Needs = ReadonlyMap<string, readonly Need[]>;

/** What each stack needs of others on its cluster, by its id, sorted; nothing that its own makes. */
export function needsOf(stacks: readonly StackResources[]): Needs {
  const described = stacks.map(({ stack, resources }) => ({ stack, ...namespacesOf(resources) }));
  return new Map(
    described.map(({ stack, made, used }) => {
      const needs = [...used]
        .filter((namespace) => !made.has(namespace))
        .sort()
        .flatMap((namespace): readonly Need[] =>
          described
            .filter((other) => other.stack.cluster.context === stack.cluster.context && other.made.has(namespace))
            .map((other) => ({ namespace, stack: other.stack.id })),
        );
      return [stack.id, needs] as const;
    }),
  );
}

/** What a stack has to be applied after. Where each needs the other, nobody knows an order, and neither is after the other. */
export function comesAfter(id: string, needs: Needs): readonly Need[] {
  return (needs.get(id) ?? []).filter(({ stack }) => !reaches(stack, id, needs, new Set()));
}

function reaches(from: string, to: string, needs: Needs, seen: Set<string>): boolean {
  if (from === to) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  return (needs.get(from) ?? []).some(({ stack }) => reaches(stack, to, needs, seen));
}

/** `needs namespace arc-runners, which arc-runners makes: deploy that first`. */
export function needText({ namespace, stack }: Need): string {
  return `needs namespace ${namespace}, which ${stack} makes: deploy ${stack} first`;
}
