import { type Code, type Problem } from "../../lib/errors";
import { type AttributeChange, attributeChanges } from "./attributes";
import { type Mask } from "./masking";
import { pathText } from "../adoption/attribute-changes";
import { type Action, type PlanSummary, summarize } from "../preview/actions";
import { type DataLoss } from "../preview/data-loss";
import { type Tree } from "./tree";
import { otherThings, plannedChanges, plannedOutputs } from "./planned-things";
import { type Side, type SideStack, type StatePlace } from "./side";

/** What becomes of one resource. One that is moved and changed is `change`, and has the address that it moves from. */
export interface ResourceDifference {
  readonly address: string;
  /** What head's plan does to it; `left-behind` where its stack is gone; of what is no resource, `remove`. */
  readonly kind: Exclude<Action, "none"> | "left-behind" | "remove";
  readonly previousAddress?: string;
  /** The attributes that force a replacement. */
  readonly forcedBy?: readonly string[];
  /** What is not what it was. Nothing for a resource that is added or removed as a whole. */
  readonly attributes: readonly AttributeChange[];
}

interface DifferenceSummary extends PlanSummary {
  /** Outputs, providers' settings, and what may be destroyed or is forgotten. */
  readonly other: number;
}

/** What a change makes of one stack in one environment. */
export interface StackDifference {
  readonly id: string;
  /** Its id at the base, where that is another one: the default environment has changed. */
  readonly previousId?: string;
  readonly stack: string;
  readonly environment: string;
  /** `added` and `removed`: the stack as a whole. */
  readonly status: "added" | "removed" | "changed" | "unchanged";
  readonly summary: DifferenceSummary;
  readonly resources: readonly ResourceDifference[];
  readonly others: readonly ResourceDifference[];
  /** Where its state lives on each side; absent where nothing says it. */
  readonly state: { readonly before?: StatePlace; readonly after?: StatePlace; readonly moves: boolean };
  /** Secrets that a placeholder stood in for, at head. */
  readonly placeholders: readonly string[];
  /** What holds data, and head's plan would destroy or replace. */
  readonly dataLoss: readonly DataLoss[];
  /** Why nobody may apply head's plan; it is shown as if it were not so. */
  readonly refused: readonly Problem[];
}

export interface Difference {
  readonly stacks: readonly StackDifference[];
  /** Objects that two stacks of head's whole configuration would own. */
  readonly collisions: readonly Problem[];
}

function masked({ code, what, file, line, key, expected, remedy }: Problem, mask: Mask): Problem {
  const text = (value: string | undefined) => (value === undefined ? undefined : mask(value));
  return {
    // Another version of the program may have made it, in an environment with secrets.
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- it is no more than a text
    code: mask(code) as Code,
    what: mask(what),
    file: text(file),
    line,
    key: text(key),
    expected: text(expected),
    remedy: text(remedy),
  };
}

/** What `head`, planned on the state that `base` would have left, does to it. Every text in it has gone through `mask`. */
export function difference(base: Side, head: Side, mask: Mask, headCollisions: readonly Problem[] = []): Difference {
  const key = ({ stack, environment }: SideStack) => `${environment}/${stack}`;
  const before = new Map(base.stacks.map((stack) => [key(stack), stack]));
  const after = new Map(head.stacks.map((stack) => [key(stack), stack]));
  const gone = [...before.keys()].filter((name) => !after.has(name)).sort();
  const stacks = [...after.keys(), ...gone].map((name) => stackDifference(before.get(name), after.get(name), mask));
  const collisions = headCollisions.map((problem) => masked(problem, mask));
  return { stacks: stacks.filter((stack) => stack !== undefined), collisions };
}

function stackDifference(
  base: SideStack | undefined,
  head: SideStack | undefined,
  mask: Mask,
): StackDifference | undefined {
  const named = head ?? base;
  if (named === undefined) return undefined;
  const resources = head === undefined ? leftBehind(base, mask) : resourcesOf(base, head, mask);
  const outputs = plannedOutputs(base, head);
  const others = compared(otherThings(base, outputs.before), otherThings(head, outputs.after), mask);
  const moves = base !== undefined && head !== undefined && placeText(base.state) !== placeText(head.state);
  const renamed = base !== undefined && head !== undefined && base.id !== head.id;
  const changed = resources.length + others.length > 0 || moves || renamed;
  return {
    id: named.id,
    ...(renamed ? { previousId: base.id } : {}),
    stack: named.stack,
    environment: named.environment,
    status: base === undefined ? "added" : head === undefined ? "removed" : changed ? "changed" : "unchanged",
    summary: {
      ...summarize(
        resources.flatMap(({ kind, previousAddress }) =>
          kind === "left-behind" || kind === "remove" ? [] : [{ action: kind, previousAddress }],
        ),
      ),
      other: others.length,
    },
    resources,
    others,
    state: { ...placed("before", base, mask), ...placed("after", head, mask), moves },
    placeholders: [...(head?.placeholders ?? [])].sort(),
    dataLoss: (head?.dataLoss ?? []).map((loss) => ({ ...loss, address: mask(loss.address) })),
    refused: (head?.refused ?? []).map((problem) => masked(problem, mask)),
  };
}

function resourcesOf(base: SideStack | undefined, head: SideStack, mask: Mask): readonly ResourceDifference[] {
  return plannedChanges(base, head)
    .flatMap(({ address, action, previousAddress, before, after, forcedBy }): ResourceDifference[] => {
      if (action === "none") return [];
      const isWhole = action === "add" || action === "destroy" || action === "forget";
      return [
        {
          address: mask(address),
          kind: action,
          ...(previousAddress === undefined ? {} : { previousAddress: mask(previousAddress) }),
          attributes: isWhole ? [] : attributeChanges(before, after, mask),
          ...(action === "replace"
            ? { forcedBy: [...new Set(forcedBy.map((path) => mask(pathText(path))))].sort() }
            : {}),
        },
      ];
    })
    .sort(byAddress);
}

/** A stack that is gone from the configuration: its state and what it has made stay. */
function leftBehind(base: SideStack | undefined, mask: Mask): readonly ResourceDifference[] {
  return (base?.plan.resource_changes ?? [])
    .filter(({ mode }) => mode === "managed")
    .map(({ address }) => ({ address: mask(address), kind: "left-behind" as const, attributes: [] }))
    .sort(byAddress);
}

function compared(
  before: ReadonlyMap<string, Tree>,
  after: ReadonlyMap<string, Tree>,
  mask: Mask,
): readonly ResourceDifference[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .flatMap((name): ResourceDifference[] => {
      const address = mask(name);
      if (!before.has(name)) return [{ address, kind: "add", attributes: [] }];
      if (!after.has(name)) return [{ address, kind: "remove", attributes: [] }];
      const attributes = attributeChanges(before.get(name), after.get(name), mask);
      return attributes.length === 0 ? [] : [{ address, kind: "change", attributes }];
    })
    .sort(byAddress);
}

function byAddress(a: ResourceDifference, b: ResourceDifference): number {
  return a.address < b.address ? -1 : a.address > b.address ? 1 : a.kind < b.kind ? -1 : 1;
}

function placed(
  side: "before" | "after",
  stack: SideStack | undefined,
  mask: Mask,
): { readonly before?: StatePlace; readonly after?: StatePlace } {
  return stack?.state === undefined
    ? {}
    : { [side]: { backend: stack.state.backend, location: mask(stack.state.location) } };
}

/** A place as people read it; the way they compare it as well. */
export function placeText(place: StatePlace | undefined): string {
  return place === undefined ? "no address yet" : `${place.backend} ${place.location}`;
}
