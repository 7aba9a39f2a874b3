import { findEngine } from "../../support/engines";
import { compare } from "./compare";
import { describeDifferences, type Difference } from "./difference";
import { expectedDifferences, explanationOf, type ExpectedDifference } from "./expected-differences";
import { formerStacks, type FactCase, readCases, recordedStacks } from "./facts";
import { passwordState, plan, planOn, type Plan } from "./plans";

/** Every recorded case of every stack, planned by replay and compared with what the HCL stack planned. */

const engine = findEngine().path;
const cases = formerStacks.flatMap((stack) => readCases(stack));
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

const deploymentOf = (facts: FactCase) => ({ environment: facts.case, stack: facts.stack, variables: facts.variables });

test("every stack that was recorded is one of the program's, and has cases", () => {
  expect([...formerStacks]).toEqual(expect.arrayContaining([...recordedStacks()]));
  expect(recordedStacks().filter((stack) => readCases(stack).length === 0)).toEqual([]);
});

describe.each(formerStacks.map((stack) => [stack]))("%s", (stack) => {
  const recorded = cases.filter((facts) => facts.stack === stack);
  let plans: readonly Plan[];

  beforeAll(async () => {
    plans = await plan(engine, recorded.map(deploymentOf));
  }, 120_000);

  test.each(recorded.map((facts, index) => [facts.case, facts, index] as const))("%s", (_case, facts, index) => {
    const planned = plans[index];
    expect(planned).toBeDefined();
    if (planned !== undefined) expect(describeDifferences(unexplained(facts, compare(facts, planned.shown)))).toBe("");
  });

  const fixed = recorded.filter(({ with_fixed_passwords: passwords }) => passwords !== undefined);
  if (fixed.length === 0) return;
  test.each(fixed.map((facts) => [facts.case, facts] as const))(
    "%s, with the generated passwords in state",
    async (_case, facts) => {
      const planned = await planOn(engine, deploymentOf(facts), passwordState(facts));
      expect(describeDifferences(unexplained(facts, compare(facts, planned.shown, true)))).toBe("");
      expect(
        planned.actions.filter(
          ({ type, action }) => type === "random_password" && action !== "moved" && action !== "none",
        ),
      ).toEqual([]);
    },
  );
});

test("every expected difference occurs", () => {
  expect(
    expectedDifferences.filter((entry) => !met.has(entry)).map(({ stack, of, path }) => `${stack}: ${of} ${path}`),
  ).toEqual([]);
});
