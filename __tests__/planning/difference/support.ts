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
    releases: [],
    dataLoss: [],
    refused: [],
    plan: plan(resources),
    state: { backend: "http", location: "https://state.example.org/state/attic-dev" },
    ...rest,
  };
}

/** What an engine's plan says of one resource that it has in the base's state. */
export interface Change {
  readonly address: string;
  readonly actions?: readonly string[];
  readonly from?: string;
  readonly before?: unknown;
  readonly after?: unknown;
  readonly unknown?: unknown;
  readonly sensitive?: unknown;
  readonly forcedBy?: readonly (readonly (string | number)[])[];
}

/** The head's plan on the state that the base would have left. */
export function planOnBase(changes: readonly Change[], rest: Partial<ComparedPlan> = {}): ComparedPlan {
  return {
    resource_changes: changes.map(
      ({ address, actions = ["update"], from, unknown = {}, sensitive = {}, ...values }) => ({
        address,
        ...(from === undefined ? {} : { previous_address: from }),
        mode: "managed" as const,
        type: address.split(".")[0] ?? "",
        change: {
          actions,
          before: values.before ?? null,
          after: values.after ?? null,
          after_unknown: unknown,
          before_sensitive: sensitive,
          after_sensitive: sensitive,
          ...(values.forcedBy === undefined ? {} : { replace_paths: values.forcedBy }),
        },
      }),
    ),
    ...rest,
  };
}

export function side(...stacks: readonly SideStack[]): Side {
  return { stacks };
}

export const asIs = (text: string): string => text;

/** A head that was written as if from no state, as an engine would plan it on what the base would have left. */
export function onBase(base: Side, head: Side): Side {
  const stacks = head.stacks.map((stack): SideStack => {
    const before = base.stacks.find((other) => other.stack === stack.stack && other.environment === stack.environment);
    const left = new Map((before?.plan.resource_changes ?? []).map((made) => [made.address, made.change.after]));
    const wanted = (stack.plan.resource_changes ?? []).map(({ address, change }): Change => {
      const was = left.get(address);
      const same = JSON.stringify(was) === JSON.stringify(change.after);
      const actions = was === undefined ? ["create"] : same ? ["no-op"] : ["update"];
      return { address, actions, before: was, after: change.after };
    });
    const gone = [...left].filter(([address]) => !wanted.some((other) => other.address === address));
    const destroyed = gone.map(([address, was]): Change => ({ address, actions: ["delete"], before: was }));
    return { ...stack, plan: { ...stack.plan, ...planOnBase([...wanted, ...destroyed]) } };
  });
  return { ...head, stacks };
}
