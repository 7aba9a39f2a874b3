/**
 * The parts of `show -json PLAN` that are read here
 * (https://developer.hashicorp.com/terraform/internals/json-format). It holds secrets in clear: never printed as a whole.
 */
export interface PlanDocument {
  readonly planned_values?: { readonly root_module?: PlannedModule };
  readonly resource_changes?: readonly ResourceChange[];
  readonly resource_drift?: readonly ResourceChange[];
}

interface PlannedModule {
  readonly resources?: readonly PlannedResource[];
  readonly child_modules?: readonly PlannedModule[];
}

export interface PlannedResource {
  readonly address: string;
  readonly mode: "managed" | "data";
  readonly type: string;
  readonly values: Readonly<Record<string, unknown>>;
}

export interface ResourceChange {
  readonly address: string;
  readonly previous_address?: string;
  /** The key of an object that a replacement left behind. */
  readonly deposed?: string;
  readonly mode: "managed" | "data";
  readonly type: string;
  readonly change: {
    readonly replace_paths?: readonly (readonly (string | number)[])[];
    readonly actions: readonly string[];
    readonly before: unknown;
    readonly after: unknown;
    readonly after_unknown: unknown;
    readonly before_sensitive: unknown;
    readonly after_sensitive: unknown;
  };
}

/** What a plan does to one resource. `moved` is what keeps its content under another address. */
export type Action = "add" | "change" | "destroy" | "replace" | "moved" | "forget" | "none";

export interface PlannedAction {
  readonly address: string;
  readonly type: string;
  readonly action: Action;
  readonly previousAddress?: string;
}

export type PlanSummary = Readonly<Record<Exclude<Action, "none">, number>>;

/** The managed resources of a plan's outcome. Engines list what is forgotten among them, without values: left out. */
export function plannedResources(plan: PlanDocument): readonly PlannedResource[] {
  const walk = (module: PlannedModule | undefined): PlannedResource[] => [
    ...(module?.resources ?? []),
    ...(module?.child_modules ?? []).flatMap(walk),
  ];
  return walk(plan.planned_values?.root_module).filter(
    ({ mode, values }: Partial<PlannedResource>) => mode === "managed" && values !== undefined,
  );
}

/** What the plan does, resource by resource, in the order of addresses. */
export function plannedActions(plan: PlanDocument): readonly PlannedAction[] {
  return (plan.resource_changes ?? [])
    .filter(({ mode }) => mode === "managed")
    .map((change) => ({
      address: change.address,
      type: change.type,
      action: actionOf(change),
      ...(change.previous_address === undefined ? {} : { previousAddress: change.previous_address }),
    }))
    .sort((a, b) => (a.address < b.address ? -1 : 1));
}

/** How many resources each action concerns; a resource that is moved and changed counts in both. */
export function summarize(actions: readonly PlannedAction[]): PlanSummary {
  const count = (action: Action) => actions.filter((planned) => planned.action === action).length;
  const moved = actions.filter(({ previousAddress }) => previousAddress !== undefined).length;
  return {
    add: count("add"),
    change: count("change"),
    destroy: count("destroy"),
    replace: count("replace"),
    moved,
    forget: count("forget"),
  };
}

/** What a plan does to this resource. */
export function actionOf({ change, previous_address }: ResourceChange): Action {
  const [first, second] = change.actions;
  if (second !== undefined) return "replace";
  switch (first) {
    case "create":
      return "add";
    case "update":
      return "change";
    case "delete":
      return "destroy";
    case "forget":
      return "forget";
    default:
      return previous_address === undefined ? "none" : "moved";
  }
}
