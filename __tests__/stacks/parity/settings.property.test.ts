import { join } from "node:path";
import fc from "fast-check";
import { loadConfiguration } from "../../../lib/config/load";
import { stackNames } from "../../../lib/config/names";
import { UserError, type Problem } from "../../../lib/errors";
import { withTemporaryFolder } from "../../../lib/files";
import { synthesize } from "../../../stacks/synth";
import { findEngine } from "../../support/engines";
import { oddText, randomSettings } from "./arbitraries";
import { harmed } from "./arrival";
import { inOrganization, writeConfiguration } from "./configuration";
import { readCases, readVariables, type Values } from "./facts";
import {
  acceptedTexts,
  deployment,
  freeTexts,
  type PlacedText,
  richestCase,
  type TextPath,
  withTexts,
} from "./free-text";
import { plan, type Plan } from "./plans";
import { plannedResources } from "../../../planning/preview/plan-document";

const engine = findEngine().path;
const stacks = stackNames.filter((stack) => readCases(stack).length > 0).map((stack) => [stack] as const);

/** The problems that settings are refused for, or none where they are accepted and synthesize. */
function problemsOf(stack: string, variables: Values): Promise<readonly Problem[]> {
  return withTemporaryFolder(async (folder) => {
    writeConfiguration(folder, [deployment(stack, variables)]);
    try {
      const configuration = loadConfiguration(folder);
      synthesize({ configuration, stacks: configuration.stacks, contracts: new Map(), folder: join(folder, "out") });
      return [];
    } catch (error) {
      if (error instanceof UserError) return error.problems;
      throw error;
    }
  });
}

test.each(stacks)("any settings of %s are refused with located errors, or synthesize", async (stack) => {
  const variables = readVariables(stack).filter(({ name }) => !(name in inOrganization));
  const base = fc.constantFrom(...readCases(stack).map((facts) => facts.variables));
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(base, randomSettings(variables), async (on, settings) => {
      const problems = await problemsOf(stack, { ...on, ...settings });
      if (problems.length === 0) accepted += 1;
      for (const { file, line, key, what, expected } of problems) {
        expect({ file, line, key, what, expected }).toEqual({
          file: expect.stringMatching(/\.yaml$/) as unknown,
          line: expect.any(Number) as unknown,
          key: expect.any(String) as unknown,
          what: expect.stringMatching(/\S/) as unknown,
          expected: expect.stringMatching(/\S/) as unknown,
        });
      }
    }),
    { numRuns: 40 },
  );
  // Otherwise only refusals were tried.
  expect(accepted).toBeGreaterThan(0);
});

/** What a plan configures, by address: planned values and outputs. */
function configured({ shown }: Plan): Values {
  const resources = Object.fromEntries(plannedResources(shown).map(({ address, values }) => [address, values]));
  return { resources, outputs: shown.planned_values?.outputs ?? {} };
}

/** Begins what it does not end: a template, a directive, a text, an escape. */
const opened = 'a ${b %{c $${d "e \\';

/** The plan with odd texts in all free settings is the plan with plain markers in them, but for the texts. */
test.each(stacks)("odd texts in the settings of %s arrive unharmed", async (stack) => {
  const { variables } = richestCase(stack);
  const paths = await freeTexts(stack, variables);
  expect(paths.length).toBeGreaterThan(3);
  const marker = (index: number) => `Mark${index}er`;
  const texts = fc.array(oddText, { minLength: paths.length, maxLength: paths.length });
  await fc.assert(
    fc.asyncProperty(texts, async (random) => {
      const runs = [paths.map(() => opened), random];
      const marked = paths.map((path, index) => [path, marker(index)] as const);
      const odd = await Promise.all(runs.map((run) => oddTexts(stack, withTexts(variables, marked), paths, run)));
      const deployments = [[], ...odd].map((given, index) =>
        deployment(stack, withTexts(variables, [...marked, ...given]), `run-${index}`),
      );
      const [first, ...others] = await plan(engine, deployments);
      if (first === undefined) throw new Error("no plan");
      for (const [index, other] of others.entries()) {
        const substitution = new Map((odd[index] ?? []).map(([path, text]) => [marker(paths.indexOf(path)), text]));
        expect(substitution.size).toBeGreaterThan(0);
        expect(harmed(configured(first), configured(other), substitution).join("\n")).toBe("");
      }
    }),
    { numRuns: 1, endOnFailure: true },
  );
});

/** The texts of a run that their settings accept; a marker stays where one is refused. */
function oddTexts(
  stack: string,
  marked: Values,
  paths: readonly TextPath[],
  run: readonly string[],
): Promise<readonly PlacedText[]> {
  return acceptedTexts(
    stack,
    marked,
    paths.map((path, index) => [path, run[index] ?? ""]),
  );
}
