import { type Decision, ListedChoices } from "./choices";
import { type Outcome, runOnce, type RunOptions, runSeed } from "./run";
import { type Scenario } from "./scenario";

/** What many runs found. */
export interface Findings {
  readonly runs: number;
  readonly steps: number;
  /** The first run that broke an invariant: a seed, or a list of decisions. */
  readonly failure?: { readonly seed?: number; readonly decisions?: readonly number[]; readonly outcome: Outcome };
}

interface Exploration extends RunOptions {
  /** Told after every run; false ends the search. */
  readonly onRun?: (outcome: Outcome, runs: number) => boolean;
}

/** Random schedules, one for each seed from `first` on. Stops at the first that fails. */
export async function exploreSeeds(
  first: number,
  count: number,
  options: Exploration & { readonly scenario?: Scenario } = {},
): Promise<Findings> {
  let steps = 0;
  for (let runs = 1; runs <= count; runs += 1) {
    const seed = first + runs - 1;
    const outcome = await withoutStacks(() => runSeed(seed, options));
    steps += outcome.steps;
    if (outcome.violations.length > 0) return { runs, steps, failure: { seed, outcome } };
    if (options.onRun?.(outcome, runs) === false) return { runs, steps };
  }
  return { runs: count, steps };
}

/**
 * Every schedule of a scenario that differs from the plain one (each task runs to its end, nothing fails) at no more than
 * `deviations` decisions, all within the first `depth`: a switch to any other task, a death, an outage or a lost reply at any
 * operation, another choice of a client. Complete within these bounds; stops at the first that fails.
 */
export async function exploreAll(
  scenario: Scenario,
  bounds: { readonly depth: number; readonly deviations: number },
  options: Exploration = {},
): Promise<Findings> {
  let runs = 0;
  let steps = 0;
  let planned: readonly number[] | undefined = [];
  while (planned !== undefined) {
    const choices: ListedChoices = new ListedChoices(planned);
    const outcome = await withoutStacks(() => runOnce(scenario, choices, options));
    runs += 1;
    steps += outcome.steps;
    if (outcome.violations.length > 0) return { runs, steps, failure: { decisions: planned, outcome } };
    if (options.onRun?.(outcome, runs) === false) return { runs, steps };
    planned = following(choices.decisions.slice(0, bounds.depth), bounds.deviations);
  }
  return { runs, steps };
}

/** The next list of decisions in order, the last decision that can be raised raised; undefined after the last list. */
function following(decisions: readonly Decision[], deviations: number): readonly number[] | undefined {
  const taken = decisions.map((decision) => decision.taken);
  let spent = taken.filter((option) => option !== 0).length;
  for (let index = decisions.length - 1; index >= 0; index -= 1) {
    const { options, taken: option } = decisions[index] ?? { options: 0, taken: 0 };
    if (option !== 0) spent -= 1;
    if (option + 1 < options && spent < deviations) return [...taken.slice(0, index), option + 1];
  }
  return undefined;
}

/** Most errors of a run are answers that the next line catches. Without their stacks a run takes half the time. */
async function withoutStacks<T>(run: () => Promise<T>): Promise<T> {
  const usual = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return await run();
  } finally {
    Error.stackTraceLimit = usual;
  }
}
