import { stackNames } from "../../lib/config/names";
import { findEngine } from "../support/engines";
import { compare } from "./compare";
import { describeDifferences, type Difference } from "./difference";
import { expectedDifferences, explanationOf, type ExpectedDifference } from "./expected-differences";
import { type FactCase, readCases, recordedStacks } from "./facts";
import { passwordState, plan, planOn, type Plan } from "./plans";

/** Every recorded case of every stack, planned by replay and compared with what the HCL stack planned. */

const engine = findEngine().path;
const cases = stackNames.flatMap((stack) => readCases(stack));
const met = new Set<ExpectedDifference>();

/** Differences that nothing explains. Texts of our own are no differences. */
function unexplained(facts: FactCase, found: readonly Difference[]): readonly Difference[] {
  return found.filter((difference) => {
    if (difference.kind === "text") return false;
    const entry = explanationOf(facts.stack, difference, expectedDifferences);
    if (entry !== undefined) met.add(entry);
    return entry === undefined;
  });
}

const environmentOf = (facts: FactCase) => `${facts.stack}-${facts.case}`;
const deploymentOf = (facts: FactCase) => ({ environment: environmentOf(facts), stack: facts.stack, variables: facts.variables });

test("every stack that was recorded is one of the program's, and has cases", () => {
  expect([...stackNames]).toEqual(expect.arrayContaining([...recordedStacks()]));
  expect(recordedStacks().filter((stack) => readCases(stack).length === 0)).toEqual([]);
});

describe("a recorded case", () => {
  let plans: ReadonlyMap<string, Plan>;

  beforeAll(async () => {
    const planned = await plan(engine, cases.map(deploymentOf));
    plans = new Map(planned.map((one) => [one.stack.environment, one]));
  }, 120_000);

  test.each(cases.map((facts) => [facts.stack, facts.case, facts] as const))("%s %s", (_stack, _case, facts) => {
    const planned = plans.get(environmentOf(facts));
    expect(planned).toBeDefined();
    if (planned !== undefined) expect(describeDifferences(unexplained(facts, compare(facts, planned.shown)))).toBe("");
  });
});

describe("with the generated passwords in state", () => {
  const fixed = cases.filter(({ with_fixed_passwords: recorded }) => recorded !== undefined);

  test.each(fixed.map((facts) => [facts.stack, facts.case, facts] as const))("%s %s", async (_stack, _case, facts) => {
    const planned = await planOn(engine, deploymentOf(facts), passwordState(facts.with_fixed_passwords?.passwords ?? {}));
    expect(describeDifferences(unexplained(facts, compare(facts, planned.shown, true)))).toBe("");
    expect(planned.actions.filter(({ type, action }) => type === "random_password" && action !== "moved" && action !== "none")).toEqual([]);
  });
});

test("every expected difference occurs", () => {
  expect(expectedDifferences.filter((entry) => !met.has(entry)).map(({ stack, of, path }) => `${stack}: ${of} ${path}`)).toEqual([]);
});
