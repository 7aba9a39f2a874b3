import { type Problem } from "../../lib/errors";
import { type AttributeChange, attributeChanges } from "./attributes";
import { type Mask } from "./masking";
import { origins } from "./moves";
import { plannedThings, type Thing } from "./planned-things";
import { type Side, type SideStack, type StatePlace } from "./side";

/** What becomes of one resource. One that is moved and changed is `moved` and has attributes. */
export interface ResourceDifference {
  readonly address: string;
  readonly kind: "add" | "change" | "remove" | "moved";
  readonly previousAddress?: string;
  /** What is not what it was. Nothing for a resource that is added or removed as a whole. */
  readonly attributes: readonly AttributeChange[];
}

export interface DifferenceSummary {
  readonly add: number;
  readonly change: number;
  readonly remove: number;
  readonly moved: number;
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
}

export interface Difference {
  readonly stacks: readonly StackDifference[];
  /** Objects that two of head's stacks would own. */
  readonly collisions: readonly Problem[];
}

function masked({ code, what, file, line, key, expected, remedy }: Problem, mask: Mask): Problem {
  const text = (value: string | undefined) => (value === undefined ? undefined : mask(value));
  return {
    code: mask(code),
    what: mask(what),
    file: text(file),
    line,
    key: text(key),
    expected: text(expected),
    remedy: text(remedy),
  };
}

/** What `head` plans otherwise than `base`, both from no state. Every text in it has gone through `mask`. */
export function difference(base: Side, head: Side, mask: Mask): Difference {
  const key = ({ stack, environment }: SideStack) => `${environment}/${stack}`;
  const before = new Map(base.stacks.map((stack) => [key(stack), stack]));
  const after = new Map(head.stacks.map((stack) => [key(stack), stack]));
  const gone = [...before.keys()].filter((name) => !after.has(name)).sort();
  const stacks = [...after.keys(), ...gone].map((name) => stackDifference(before.get(name), after.get(name), mask));
  const collisions = head.collisions.map((problem) => masked(problem, mask));
  return { stacks: stacks.filter((stack) => stack !== undefined), collisions };
}

function stackDifference(
  base: SideStack | undefined,
  head: SideStack | undefined,
  mask: Mask,
): StackDifference | undefined {
  const named = head ?? base;
  if (named === undefined) return undefined;
  const [before, after] = [plannedThings(base), plannedThings(head)];
  const resources = compared(before.resources, after.resources, head?.moves ?? [], mask);
  const others = compared(before.others, after.others, [], mask);
  const moves = base !== undefined && head !== undefined && placeText(base.state) !== placeText(head.state);
  const renamed = base !== undefined && head !== undefined && base.id !== head.id;
  const changed = resources.length + others.length > 0 || moves || renamed;
  const count = (kind: ResourceDifference["kind"]) => resources.filter((resource) => resource.kind === kind).length;
  return {
    id: named.id,
    ...(renamed ? { previousId: base.id } : {}),
    stack: named.stack,
    environment: named.environment,
    status: base === undefined ? "added" : head === undefined ? "removed" : changed ? "changed" : "unchanged",
    summary: {
      add: count("add"),
      change: resources.filter(({ attributes }) => attributes.length > 0).length,
      remove: count("remove"),
      moved: count("moved"),
      other: others.length,
    },
    resources,
    others,
    state: { ...placed("before", base, mask), ...placed("after", head, mask), moves },
    placeholders: [...(head?.placeholders ?? [])].sort(),
  };
}

function compared(
  before: ReadonlyMap<string, Thing>,
  after: ReadonlyMap<string, Thing>,
  moves: SideStack["moves"],
  mask: Mask,
): readonly ResourceDifference[] {
  const origin = origins(new Set(before.keys()), new Set(after.keys()), moves);
  const kept = [...origin].flatMap(([address, from]): ResourceDifference[] => {
    const attributes = attributeChanges(before.get(from)?.tree, after.get(address)?.tree, mask);
    if (from !== address) return [{ address: mask(address), kind: "moved", previousAddress: mask(from), attributes }];
    return attributes.length === 0 ? [] : [{ address: mask(address), kind: "change", attributes }];
  });
  const whole = (kind: "add" | "remove", address: string): ResourceDifference => ({
    address: mask(address),
    kind,
    attributes: [],
  });
  const added = [...after.keys()].filter((address) => !origin.has(address)).map((address) => whole("add", address));
  const followed = new Set(origin.values());
  const removed = [...before.keys()]
    .filter((address) => !followed.has(address))
    .map((address) => whole("remove", address));
  return [...kept, ...added, ...removed].sort((a, b) =>
    a.address < b.address ? -1 : a.address > b.address ? 1 : a.kind < b.kind ? -1 : 1,
  );
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
