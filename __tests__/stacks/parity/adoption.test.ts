import { readFileSync } from "node:fs";
import { type ResourceChange } from "../../../planning/preview/plan-document";
import { findEngines } from "../../support/engines";
import { changesOf } from "./compare";
import { describeDifferences, type Difference } from "./difference";
import { expectedChanges, explanationOf, type ExpectedDifference } from "./expected-differences";
import { formerStacks, readStates } from "./facts";
import { plan } from "./plans";

/** States that the HCL stacks wrote with the real providers: the first plan of ours on them recreates nothing. */

const states = formerStacks.flatMap((stack) => readStates(stack));
const engines = findEngines();
const met = new Set<ExpectedDifference>();

/** Jobs cannot be changed: where their pod's text is another one, there is no way but a new Job. */
const isJob = ({ type }: ResourceChange) => type === "kubernetes_job" || type === "kubernetes_job_v1";

function unexplained(stack: string, found: readonly Difference[]): readonly Difference[] {
  return found.filter((difference) => {
    if (difference.kind === "text") return false;
    const entry = explanationOf(stack, difference, expectedChanges);
    if (entry !== undefined) met.add(entry);
    return entry === undefined;
  });
}

/** The number of resource instances that a state manages. */
function managedInstances(file: string): number {
  const state = JSON.parse(readFileSync(file, "utf8")) as { resources: { mode: string; instances: unknown[] }[] }; // state format 4
  return state.resources
    .filter(({ mode }) => mode === "managed")
    .reduce((sum, { instances }) => sum + instances.length, 0);
}

const runs = engines.flatMap((engine) =>
  states.map((state) => [engine.name, state.stack, state.name, engine, state] as const),
);

test.each(runs)("%s adopts %s %s", async (_engine, _stack, _name, engine, state) => {
  const [planned] = await plan(
    engine.path,
    [{ environment: state.name, stack: state.stack, variables: state.variables }],
    state.file,
  );
  const changes = (planned?.shown.resource_changes ?? []).filter(({ mode }) => mode === "managed");
  const where = (wanted: (change: ResourceChange) => boolean) =>
    changes.filter(wanted).map(({ address, change }) => `${change.actions.join("-")} ${address}`);

  expect(where(({ change }) => ["create", "delete", "forget"].includes(change.actions.join("-")))).toEqual([]);
  expect(where((change) => change.change.actions.length > 1 && !isJob(change))).toEqual([]);
  // Nothing that the state holds is lost on the way, and nothing is counted twice.
  expect(changes).toHaveLength(managedInstances(state.file));
  expect(new Set(changes.map(({ address, previous_address: former }) => former ?? address)).size).toBe(changes.length);

  const changed = changes.filter(({ change }) => change.actions.join() !== "no-op");
  expect(describeDifferences(changed.flatMap((change) => unexplained(state.stack, changesOf(change))))).toBe("");
  const releases = changed.filter(({ type }) => type === "helm_release").map(({ address }) => address);
  if (state.stack !== "gitlab-runners") expect(releases).toEqual([]);
});

test("every stack has a state to adopt", () => {
  expect(formerStacks.filter((stack) => readStates(stack).length === 0)).toEqual([]);
});

test("every expected change occurs", () => {
  expect(
    expectedChanges.filter((entry) => !met.has(entry)).map(({ stack, of, path }) => `${stack}: ${of} ${path}`),
  ).toEqual([]);
});
