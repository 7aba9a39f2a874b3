import { stackNames } from "../../../lib/config/names";
import { compare } from "./compare";
import { type FactCase, type FactResource, readCases } from "./facts";
import { type ShownPlan } from "./plans";

/** The comparison itself: a plan that is the facts has no difference, and every change to it is one. */

const cases = stackNames.flatMap((stack) => readCases(stack)).map((facts) => [facts.stack, facts.case, facts] as const);

/** A plan that says exactly what the facts say. */
function planOf(facts: FactCase, resources: readonly FactResource[] = facts.resources): ShownPlan {
  const outputs = Object.entries(facts.outputs);
  return {
    planned_values: {
      root_module: {
        resources: resources.map(({ address, type, values }) => ({ address, type, values, mode: "managed" })),
      },
      outputs: Object.fromEntries(
        outputs.map(([name, { sensitive, value }]) => [
          name,
          value === "unknown" ? { sensitive } : { sensitive, value },
        ]),
      ),
    },
    resource_changes: resources.map(({ address, type, unknown, sensitive }) => ({
      address,
      type,
      mode: "managed",
      change: {
        actions: ["create"],
        before: null,
        after: null,
        before_sensitive: false,
        after_unknown: topLevel(unknown),
        after_sensitive: topLevel(sensitive),
      },
    })),
    output_changes: Object.fromEntries(
      outputs.filter(([, { value }]) => value === "unknown").map(([name]) => [name, { after_unknown: true }]),
    ),
  };
}

/** Marks at paths. The comparison joins the steps back to the same text. */
function topLevel(paths: readonly string[]): Readonly<Record<string, unknown>> {
  const tree: Record<string, unknown> = {};
  for (const path of paths) {
    const steps = (path.match(/"(?:[^"\\]|\\.)*"|\d+(?=\])|[\w-]+/g) ?? []).map((step) =>
      step.startsWith('"') ? (JSON.parse(step) as string) : step,
    );
    let at: Record<string, unknown> = tree;
    steps.forEach((step, index) => {
      const isLast = index === steps.length - 1;
      const next = /^\d+$/.test(steps[index + 1] ?? "") ? [] : {};
      at = (at[step] = isLast ? true : (at[step] ?? next)) as Record<string, unknown>; // a tree of marks, built here
    });
  }
  return tree;
}

test.each(cases)("%s %s is equal to itself", (_stack, _case, facts) => {
  expect(compare(facts, planOf(facts)).filter(({ kind }) => kind !== "text")).toEqual([]);
});

test.each(cases)("%s %s: a resource less, more, renamed or changed is found", (_stack, _case, facts) => {
  const kinds = (resources: readonly FactResource[]) =>
    compare(facts, planOf(facts, resources))
      .filter(({ kind }) => kind !== "text")
      .map(({ kind }) => kind);
  // A few of them: every kind once.
  const types = facts.resources.map(({ type }) => type);
  facts.resources
    .filter(({ type }, index) => types.indexOf(type) === index)
    .forEach((resource) => {
      const others = facts.resources.filter((other) => other !== resource);
      expect(kinds(others)).toEqual(["missing"]);
      expect(kinds([...facts.resources, { ...resource, address: "extra.one" }])).toEqual(["extra"]);
      // The address is not what makes it the same.
      expect(kinds([...others, { ...resource, address: "another.address" }])).toEqual([]);
      expect(kinds([...others, { ...resource, values: { ...resource.values, unheard_of: "value" } }])).toEqual([
        "value",
      ]);
    });
});

test.each(cases)("%s %s: every text and number that is changed is found", (_stack, _case, facts) => {
  const unnoticed = facts.resources.flatMap((resource) => {
    const alone: FactCase = { ...facts, resources: [resource], outputs: {} };
    const changed = mutants(resource.values).filter(
      ({ value }) =>
        compare(alone, planOf(alone, [{ ...resource, values: value as FactResource["values"] }])).length === 0,
    ); // still a mapping
    return changed.map(({ path }) => `${resource.address} ${path}`);
  });
  expect(unnoticed).toEqual([]);
});

/** A value with one leaf changed, for each leaf. */
function mutants(value: unknown, path = ""): readonly { readonly path: string; readonly value: unknown }[] {
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown, index) =>
      mutants(item, `${path}[${index}]`).map((changed) => ({
        path: changed.path,
        value: value.with(index, changed.value) as unknown,
      })),
    );
  }
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([key, item]) =>
      mutants(item, `${path}.${key}`).map((changed) => ({
        path: changed.path,
        value: { ...value, [key]: changed.value },
      })),
    );
  }
  const changed = typeof value === "string" ? `${value}\nmore: of it` : typeof value === "number" ? value + 1 : !value;
  return [{ path, value: changed }];
}
