import { type ComparedPlan, type Side, type SideStack } from "../../../planning/difference/side";

/** A planned resource: what is known of it, and what the engine says about that. */
export interface Resource {
  readonly address: string;
  readonly after?: unknown;
  readonly unknown?: unknown;
  readonly sensitive?: unknown;
}

/** A plan from no state that creates these resources. */
export function plan(resources: readonly Resource[], rest: Partial<ComparedPlan> = {}): ComparedPlan {
  const changes = resources.map(({ address, after = {}, unknown = {}, sensitive = {} }) => ({
    address,
    mode: "managed" as const,
    type: address.split(".")[0] ?? "",
    change: {
      actions: ["create"],
      before: null,
      after,
      after_unknown: unknown,
      before_sensitive: false,
      after_sensitive: sensitive,
    },
  }));
  return { resource_changes: changes, ...rest };
}

export function stack(resources: readonly Resource[], rest: Partial<SideStack> = {}): SideStack {
  return {
    id: "attic",
    stack: "attic",
    environment: "dev",
    placeholders: [],
    allowDestroy: [],
    moves: [],
    releases: [],
    plan: plan(resources),
    state: { backend: "http", location: "https://state.example.org/state/attic-dev" },
    ...rest,
  };
}

export function side(...stacks: readonly SideStack[]): Side {
  return { stacks, collisions: [] };
}

export const asIs = (text: string): string => text;
