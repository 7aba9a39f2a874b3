import { type PlanDocument, type ResourceChange } from "./plan-document";

/**
 * What a plan does to one resource, in every command, comment and document. `moved` is what keeps its content under another address,
 * `import` what is taken into the state as it is; what is also changed or replaced is that.
 */
export type Action = "add" | "change" | "replace" | "destroy" | "moved" | "import" | "forget" | "none";

export interface PlannedAction {
  readonly address: string;
  readonly type: string;
  readonly action: Action;
  readonly previousAddress?: string;
  readonly imported?: true;
}

export type PlanSummary = Readonly<Record<Exclude<Action, "none">, number>>;

/** The counted actions, in the order of every table. */
export const countedActions = ["add", "change", "replace", "destroy", "moved", "import", "forget"] as const;

/** What stands before an address in a list of actions. */
export const actionMarks: Readonly<Record<Action, string>> = {
  add: "+",
  change: "~",
  replace: "-/+",
  destroy: "-",
  moved: "->",
  import: "<-",
  forget: "x",
  none: " ",
};

/** What the plan does, resource by resource, in the order of addresses. */
export function plannedActions(plan: PlanDocument): readonly PlannedAction[] {
  return (plan.resource_changes ?? [])
    .filter(({ mode }) => mode === "managed")
    .map((change) => ({
      address: change.address,
      type: change.type,
      action: actionOf(change),
      ...(change.previous_address === undefined ? {} : { previousAddress: change.previous_address }),
      ...(isImported(change) ? { imported: true as const } : {}),
    }))
    .sort((a, b) => (a.address < b.address ? -1 : 1));
}

/** How many resources each action concerns; one that is moved or imported and changed as well counts in both. */
export function summarize(
  actions: readonly Pick<PlannedAction, "action" | "previousAddress" | "imported">[],
): PlanSummary {
  const count = (action: Action) => actions.filter((planned) => planned.action === action).length;
  return {
    add: count("add"),
    change: count("change"),
    replace: count("replace"),
    destroy: count("destroy"),
    moved: actions.filter(({ previousAddress }) => previousAddress !== undefined).length,
    import: actions.filter(({ action, imported }) => imported === true || action === "import").length,
    forget: count("forget"),
  };
}

/** `32 add`, `1 change, 2 moved`, or `nothing`. */
export function summaryText(summary: PlanSummary): string {
  const parts = countedActions.filter((action) => summary[action] > 0).map((action) => `${summary[action]} ${action}`);
  return parts.length === 0 ? "nothing" : parts.join(", ");
}

/** Whether an operator sees it in a list: everything but what stays as it is where it is. */
export function isShown({ action, previousAddress }: Pick<PlannedAction, "action" | "previousAddress">): boolean {
  return action !== "none" || previousAddress !== undefined;
}

/** What a plan does to this resource. */
export function actionOf(resource: ResourceChange): Action {
  const [first, second] = resource.change.actions;
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
    case undefined:
    default:
      if (isImported(resource)) return "import";
      return resource.previous_address === undefined ? "none" : "moved";
  }
}

function isImported({ change }: ResourceChange): boolean {
  return change.importing !== undefined && change.importing !== null;
}
