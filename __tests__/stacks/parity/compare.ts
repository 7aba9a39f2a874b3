import { isRecord } from "../../../lib/config/kind";
import { plannedResources, type ResourceChange } from "../../../planning/preview/plan-document";
import { canonical, type Canonical } from "./canonical";
import { ABSENT, type Difference, differences, type Inner, isElided } from "./difference";
import { type FactCase, type FactOutput, type FactResource, type Values } from "./facts";
import { type ShownPlan } from "./plans";

/**
 * How a plan differs from the facts of a case: resources that are missing or extra (by what they are and what they are called, not by
 * address), values, what is known after apply, what is sensitive, outputs.
 *
 * `fixed`: the plan was made with the generated passwords in the prior state. Then the facts' `with_fixed_passwords` replaces whole
 * attributes, and two things are not compared: attributes of the passwords themselves, because they come from the prior state; and what is known after
 * apply below a replaced attribute, because the facts record only its values, and a resource about to be created always has some (the
 * server fills a pod's host name).
 */
export function compare(facts: FactCase, plan: ShownPlan, fixed = false): readonly Difference[] {
  const expected = factResources(facts, fixed);
  const actual = planResources(plan, fixed);
  const { pairs, missing, extra } = match(expected, actual);
  const replaced = fixed ? (facts.with_fixed_passwords?.values ?? {}) : {};
  const found = [
    ...missing.map((resource): Difference => ({ kind: "missing", of: nameOf(resource), path: resource.address })),
    ...extra.map((resource): Difference => ({ kind: "extra", of: nameOf(resource), path: resource.address })),
    ...pairs.flatMap(([a, b]) =>
      resourceDifferences(a, b, Object.keys(replaced[a.address] ?? {})).map((inner): Difference => ({
        ...inner,
        of: nameOf(a),
      })),
    ),
    ...outputDifferences(factOutputs(facts, fixed), planOutputs(plan)),
  ];
  // A checksum may differ only where a text does that is everyone's own.
  const ownTexts = found.some(({ kind, expected: text }) => kind === "text" && isElided(text ?? ""));
  return ownTexts
    ? found
    : found.map((difference) => (difference.kind === "text" ? { ...difference, kind: "value" } : difference));
}

function factResources(facts: FactCase, fixed: boolean): readonly Canonical[] {
  const overrides = fixed ? facts.with_fixed_passwords : undefined;
  return facts.resources.map((resource) =>
    canonical({
      ...resource,
      values: passwordsAside(resource.type, fixed, { ...resource.values, ...overrides?.values[resource.address] }),
      unknown: passwordsAside(resource.type, fixed, resource.unknown),
      sensitive: overrides?.sensitive[resource.address] ?? resource.sensitive,
    }),
  );
}

function planResources(plan: ShownPlan, fixed: boolean): readonly Canonical[] {
  const changes = new Map((plan.resource_changes ?? []).map(({ address, change }) => [address, change]));
  return plannedResources(plan).map((resource) => {
    const change = changes.get(resource.address);
    const fact: FactResource = {
      address: resource.address,
      type: resource.type,
      values: passwordsAside(resource.type, fixed, resource.values),
      unknown: passwordsAside(resource.type, fixed, marks(change?.after_unknown)),
      sensitive: marks(change?.after_sensitive),
    };
    return canonical(fact);
  });
}

function passwordsAside<T extends Values | readonly string[]>(type: string, fixed: boolean, value: T): T {
  return fixed && type === "random_password" ? ((Array.isArray(value) ? [] : {}) as T) : value; // both shapes may be empty
}

/** What a plan changes in one resource, in place or by replacement: between the values before and after, in bytes. */
export function changesOf({ address, type, change }: ResourceChange): readonly Difference[] {
  const side = (values: unknown, unknown: unknown) =>
    canonical({ address, type, values: isRecord(values) ? values : {}, unknown: marks(unknown), sensitive: [] });
  const [before, after] = [side(change.before, {}), side(change.after, change.after_unknown)];
  const computed = marks(change.after_unknown);
  // What the server filled, and will fill again; and what it reports as empty where nothing is set.
  const isServers = ({ path, expected, actual }: Inner) =>
    actual === ABSENT &&
    (computed.some((at) => at === path || path.startsWith(`${at}.`) || path.startsWith(`${at}[`)) ||
      ['""', "0", "false", "[{}]"].includes(expected ?? ""));
  const found: readonly Inner[] = [
    ...differences(before.values, after.values, "", true).filter((inner) => !isServers(inner)),
    // A replacement makes everything anew that the server fills.
    ...(change.actions.length > 1 ? [] : [...after.unknown]).map((path): Inner => ({
      kind: "value",
      path,
      expected: "known",
      actual: "known after apply",
    })),
  ];
  // An engine also calls it a change when a value becomes sensitive, or no longer is.
  const marked: readonly Inner[] =
    found.length > 0
      ? found
      : [
          {
            kind: "value",
            path: "(sensitive attributes)",
            expected: marks(change.before_sensitive).join(", "),
            actual: marks(change.after_sensitive).join(", "),
          },
        ];
  return marked.map((inner) => ({ ...inner, of: nameOf(before) }));
}

/** The paths that a tree of marks (after_unknown, after_sensitive) says true at. */
function marks(tree: unknown, path = ""): readonly string[] {
  if (tree === true) return [path];
  if (Array.isArray(tree)) return tree.flatMap((item: unknown, index) => marks(item, `${path}[${index}]`));
  if (!isRecord(tree)) return [];
  return Object.entries(tree).flatMap(([key, item]) => {
    const plain = /^[A-Za-z_][\w-]*$/.test(key);
    return marks(item, plain ? (path === "" ? key : `${path}.${key}`) : `${path}[${JSON.stringify(key)}]`);
  });
}

function resourceDifferences(expected: Canonical, actual: Canonical, replaced: readonly string[]): readonly Inner[] {
  const compared = (path: string) => !replaced.includes(path.split(/[.[]/)[0] ?? path);
  const only = (a: ReadonlySet<string>, b: ReadonlySet<string>) =>
    [...a].filter((path) => !b.has(path) && compared(path)).sort();
  const [a, b] = [[...expected.sensitive].sort().join(", "), [...actual.sensitive].sort().join(", ")];
  return [
    ...differences(expected.values, actual.values),
    ...only(expected.unknown, actual.unknown).map((path): Inner => ({
      kind: "value",
      path,
      expected: "known after apply",
      actual: "known or absent",
    })),
    ...only(actual.unknown, expected.unknown).map((path): Inner => ({
      kind: "value",
      path,
      expected: "known or absent",
      actual: "known after apply",
    })),
    ...(a === b
      ? []
      : [{ kind: "value", path: "(sensitive attributes)", expected: `[${a}]`, actual: `[${b}]` } as const]),
  ];
}

/** Pairs of what is and is called the same; among those that are called nothing, the most alike first. */
function match(
  expected: readonly Canonical[],
  actual: readonly Canonical[],
): { pairs: readonly (readonly [Canonical, Canonical])[]; missing: readonly Canonical[]; extra: readonly Canonical[] } {
  const key = ({ kind, identity }: Canonical) => `${kind} ${identity ?? ""}`;
  const candidates = expected.flatMap((a) => actual.filter((b) => key(a) === key(b)).map((b) => ({ a, b })));
  const scored = candidates.map(({ a, b }) => ({
    a,
    b,
    score: differences(a.values, b.values).length * 2 + (a.address === b.address ? 0 : 1),
  }));
  const taken = new Set<Canonical>();
  const pairs: (readonly [Canonical, Canonical])[] = [];
  for (const { a, b } of scored.sort((x, y) => x.score - y.score)) {
    if (taken.has(a) || taken.has(b)) continue;
    taken.add(a).add(b);
    pairs.push([a, b]);
  }
  return { pairs, missing: expected.filter((a) => !taken.has(a)), extra: actual.filter((b) => !taken.has(b)) };
}

function factOutputs(
  { outputs, with_fixed_passwords: overrides }: FactCase,
  fixed: boolean,
): Readonly<Record<string, FactOutput>> {
  const values = fixed ? (overrides?.outputs ?? {}) : {};
  return Object.fromEntries(
    Object.entries(outputs).map(([name, output]) => [
      name,
      name in values ? { ...output, value: values[name] } : output,
    ]),
  );
}

function planOutputs(plan: ShownPlan): Readonly<Record<string, FactOutput>> {
  const outputs = Object.entries(plan.planned_values?.outputs ?? {}).map(([name, output]): [string, FactOutput] => {
    const unknown = plan.output_changes?.[name]?.after_unknown === true;
    return [
      name,
      { sensitive: output.sensitive === true, value: "value" in output ? output.value : unknown ? "unknown" : null },
    ];
  });
  return Object.fromEntries(outputs);
}

function outputDifferences(
  expected: Readonly<Record<string, FactOutput>>,
  actual: Readonly<Record<string, FactOutput>>,
): readonly Difference[] {
  return [...new Set([...Object.keys(expected), ...Object.keys(actual)])].sort().flatMap((name) =>
    differences(expected[name] ?? null, actual[name] ?? null).map((inner): Difference => ({
      ...inner,
      of: `output ${name}`,
    })),
  );
}

function nameOf({ kind, identity, address }: Canonical): string {
  return `${kind} ${identity ?? address}`;
}
