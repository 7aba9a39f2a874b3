import { actionOf, type PlannedAction } from "../preview/actions";
import { type ResourceChange } from "../preview/plan-document";
import { type SideStack } from "./side";
import { plannedTree, type Tree, type TreeRecord } from "./tree";
import { isRecord } from "../../lib/config/kind";

/** A resource that a plan does something to, with what it was and what it will be. */
interface PlannedChange extends PlannedAction {
  readonly before: Tree;
  readonly after: Tree;
  /** The attributes that force a replacement, as paths of the engine's. */
  readonly forcedBy: readonly (readonly (string | number)[])[];
}

/** Schema or not: these attributes are secret by what they are. */
const secretAttributes: Readonly<Record<string, readonly string[]>> = {
  kubernetes_secret: ["data", "binary_data"],
  kubernetes_secret_v1: ["data", "binary_data"],
};

/**
 * What head's plan does to the resources that the base would have left. A value that only an apply tells, and that was so at the base
 * as well, is no difference.
 */
export function plannedChanges(base: SideStack | undefined, head: SideStack): readonly PlannedChange[] {
  const before = new Map((base?.plan.resource_changes ?? []).map((change) => [change.address, change]));
  return (head.plan.resource_changes ?? []).flatMap((resource): PlannedChange[] => {
    const { address, mode, type, change, previous_address: from } = resource;
    const action = actionOf(resource);
    if (mode !== "managed" || (action === "none" && from === undefined)) return [];
    const unknowns = onlyTrue(change.after_unknown);
    const unknownBefore = inBoth(onlyTrue(before.get(from ?? address)?.change.after_unknown), unknowns);
    return [
      {
        address,
        type,
        action,
        ...(from === undefined ? {} : { previousAddress: from }),
        before: plannedTree(change.before, unknownBefore, secretParts(resource, change.before_sensitive)),
        after: plannedTree(change.after, unknowns, secretParts(resource, change.after_sensitive)),
        forcedBy: change.replace_paths ?? [],
      },
    ];
  });
}

function secretParts({ type }: ResourceChange, sensitive: unknown): unknown {
  if (sensitive === true) return true;
  return { ...record(sensitive), ...Object.fromEntries((secretAttributes[type] ?? []).map((name) => [name, true])) };
}

/**
 * What is no resource and matters as much: `output x`, `provider kubernetes`, `may be destroyed: x`, `forgotten: x`. Of the base's
 * outputs, the values are those that it would have left.
 */
export function otherThings(
  stack: SideStack | undefined,
  outputs: ReadonlyMap<string, Tree>,
): ReadonlyMap<string, Tree> {
  const others = new Map<string, Tree>();
  if (stack === undefined) return others;
  const { plan, allowDestroy, releases } = stack;
  // An output that is null would be absent, and one that appears would not be told.
  for (const [name, value] of outputs) others.set(`output ${name}`, { value });
  for (const [name, { version_constraint, expressions }] of Object.entries(plan.configuration?.provider_config ?? {}))
    others.set(
      `provider ${name}`,
      plannedTree({ version: version_constraint ?? null, ...record(expressions) }, false, false),
    );
  for (const [name, variable] of Object.entries(plan.configuration?.root_module?.variables ?? {})) {
    // The value of a sensitive one is the run's, not the program's.
    const value: TreeRecord =
      variable.sensitive === true ? {} : { value: plannedTree(plan.variables?.[name]?.value, false, false) };
    others.set(`variable ${name}`, { sensitive: variable.sensitive === true, ...value });
  }
  for (const address of allowDestroy) others.set(`may be destroyed: ${address}`, {});
  for (const address of releases) others.set(`forgotten, not destroyed: ${address}`, {});
  return others;
}

/** The outputs that the base would have left, and those that head's plan makes of them. */
export function plannedOutputs(
  base: SideStack | undefined,
  head: SideStack | undefined,
): { readonly before: ReadonlyMap<string, Tree>; readonly after: ReadonlyMap<string, Tree> } {
  const [one, other] = [base?.plan.output_changes ?? {}, head?.plan.output_changes ?? {}];
  const before = Object.entries(one).map(([name, output]) => {
    const change = other[name];
    if (change === undefined)
      return [name, plannedTree(output.after, onlyTrue(output.after_unknown), output.after_sensitive)] as const;
    const unknowns = inBoth(onlyTrue(output.after_unknown), onlyTrue(change.after_unknown));
    return [name, plannedTree(change.before, unknowns, change.before_sensitive)] as const;
  });
  const after = Object.entries(other)
    .filter(([, { actions }]) => actions?.includes("delete") !== true)
    .map(
      ([name, change]) =>
        [name, plannedTree(change.after, onlyTrue(change.after_unknown), change.after_sensitive)] as const,
    );
  return { before: new Map(before), after: new Map(after) };
}

/** What an engine marks as unknown, without the places that it does not: undefined where it marks nothing. */
function onlyTrue(mask: unknown): unknown {
  if (mask === true) return true;
  if (Array.isArray(mask)) {
    const inner = mask.map(onlyTrue);
    return inner.some((item) => item !== undefined) ? inner : undefined;
  }
  const entries = Object.entries(record(mask)).flatMap(([key, value]) => {
    const inner = onlyTrue(value);
    return inner === undefined ? [] : [[key, inner] as const];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** What both mark as unknown. */
function inBoth(one: unknown, other: unknown): unknown {
  if (one === true) return other;
  if (other === true) return one;
  if (Array.isArray(one) && Array.isArray(other))
    return onlyTrue(one.map((item, index) => inBoth(item, (other as readonly unknown[])[index])));
  if (one === undefined || other === undefined) return undefined;
  return onlyTrue(
    Object.fromEntries(Object.entries(record(one)).map(([key, value]) => [key, inBoth(value, record(other)[key])])),
  );
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}
