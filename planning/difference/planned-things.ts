import { type SideStack } from "./side";
import { plannedTree, type Tree, type TreeRecord } from "./tree";

/** Something a program plans, by its address, as what it will be. */
export interface Thing {
  readonly tree: Tree;
}

export interface PlannedThings {
  /** Managed resources, by address. */
  readonly resources: ReadonlyMap<string, Thing>;
  /** What is no resource and matters as much: `output x`, `provider kubernetes`, `may be destroyed: x`, `forgotten: x`. */
  readonly others: ReadonlyMap<string, Thing>;
}

/** Schema or not: these attributes are secret by what they are. */
const secretAttributes: Readonly<Record<string, readonly string[]>> = {
  kubernetes_secret: ["data", "binary_data"],
  kubernetes_secret_v1: ["data", "binary_data"],
};

/** Everything a side plans for a stack; nothing for one that it does not have. */
export function plannedThings(stack: SideStack | undefined): PlannedThings {
  const resources = new Map<string, Thing>();
  const others = new Map<string, Thing>();
  if (stack === undefined) return { resources, others };
  const { plan, allowDestroy, releases } = stack;
  for (const { address, mode, type, change } of plan.resource_changes ?? []) {
    if (mode !== "managed") continue;
    const whole =
      change.after_sensitive === true
        ? true
        : {
            ...record(change.after_sensitive),
            ...Object.fromEntries((secretAttributes[type] ?? []).map((name) => [name, true])),
          };
    resources.set(address, { tree: plannedTree(change.after, change.after_unknown, whole) });
  }
  for (const [name, output] of Object.entries(plan.output_changes ?? {})) {
    // An output that is null would be absent, and one that appears would not be told.
    others.set(`output ${name}`, {
      tree: { value: plannedTree(output.after, output.after_unknown, output.after_sensitive) },
    });
  }
  for (const [name, { version_constraint, expressions }] of Object.entries(plan.configuration?.provider_config ?? {})) {
    others.set(`provider ${name}`, {
      tree: plannedTree({ version: version_constraint ?? null, ...record(expressions) }, false, false),
    });
  }
  for (const [name, variable] of Object.entries(plan.configuration?.root_module?.variables ?? {})) {
    // The value of a sensitive one is the run's, not the program's.
    const value: TreeRecord =
      variable.sensitive === true ? {} : { value: plannedTree(plan.variables?.[name]?.value, false, false) };
    others.set(`variable ${name}`, { tree: { sensitive: variable.sensitive === true, ...value } });
  }
  for (const address of allowDestroy) others.set(`may be destroyed: ${address}`, { tree: {} });
  for (const address of releases) others.set(`forgotten, not destroyed: ${address}`, { tree: {} });
  return { resources, others };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};
}
