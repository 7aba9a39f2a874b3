import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Configuration, loadConfiguration, type ProgramInstance } from "../../lib/config/load";
import { type Problem, refuseIfAny, UserError } from "../../lib/errors";
import { preview, type PreviewOptions } from "../preview/preview";
import { baseStates, renameStates } from "./base-states";
import { type ComparisonPlan } from "./comparison-plan";
import { type ProgramRun, runProgram } from "./program-run";
import { samePlans } from "./same-plans";
import { chooseStacks } from "./selection";
import { emptySide, type Side, sideOf, type SideStack } from "./side";

export interface CompareOptions {
  /** The ref to compare with: of the configuration's repository. */
  readonly base: string;
  /** The program's ref for the base's side, where the configuration is in another repository. @default this program for both sides */
  readonly programBase?: string;
  /** The configuration's folder, as given. */
  readonly folder: string;
  /** The stacks to tell of. @default all */
  readonly ids: readonly string[];
  readonly engine: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly progress: (line: string) => void;
}

/** Looks over the whole configuration, once, from when it is first called; whoever has read the configuration hands it over. */
export type Survey = (configuration?: Configuration) => Promise<readonly Problem[]>;

/**
 * The base, and then the head on the states that the base would have left. What one program plans from equal settings is not planned, and
 * what two programs synthesize alike and plan by the same code: there is no difference.
 * @throws UserError with the problems of both.
 */
export async function plannedSides(
  options: CompareOptions,
  plan: ComparisonPlan,
  folder: string,
  survey: Survey,
): Promise<readonly [Side, Side]> {
  const worktree = plan.worktrees.configuration === undefined ? join(folder, "program") : join(folder, "configuration");
  const configuration = join(worktree, plan.configuration);
  const known = existsSync(join(configuration, "organization.yaml"));
  const chosen = chooseStacks(options, known ? configuration : undefined);
  const states = join(folder, "head-states");
  if (!known) {
    options.progress(`there is no configuration at ${options.base}: everything is new`);
    void survey();
    return [emptySide, await headSide(options, plan, folder, { ids: chosen?.head, states })];
  }
  const run: ProgramRun = {
    ...running(options),
    name: options.base,
    program: programOf(plan, folder),
    folder: worktree,
    configuration: plan.configuration === "" ? "." : plan.configuration,
    documents: join(folder, "base-plans"),
    leaveStates: join(folder, "base-states"),
    ids: chosen?.base,
  };
  if (plan.computedBy.by === "change")
    return sidesOfChange({ options, plan, folder, survey, run }, { ids: chosen?.head, states });
  void survey();
  const same = await samePlans(configuration, options.folder, options.environment);
  const others = (all: readonly string[] | undefined, wanted: readonly string[] | undefined) =>
    all === undefined ? wanted : all.filter((id) => wanted?.includes(id) ?? true);
  const base = await settledBase({ ...run, ids: others(same?.others, chosen?.base) }, options, states);
  // Also where the base cannot be planned: the head may have something to say as well.
  const [head] = await Promise.allSettled([
    headSide(options, plan, folder, { ids: others(same?.othersOfHead, chosen?.head), states }),
  ]);
  const [one, other] = bothSides(base, head);
  return [
    { stacks: [...one.stacks, ...(same?.base ?? [])] },
    { stacks: inOrder([...other.stacks, ...(same?.head ?? [])], headStacks(options.folder)) },
  ];
}

/** The base, planned, with its states where the head looks for them. */
async function settledBase(
  run: ProgramRun,
  { folder }: CompareOptions,
  states: string,
): Promise<PromiseSettledResult<Side>> {
  const [base] = await Promise.allSettled([run.ids?.length === 0 ? Promise.resolve(emptySide) : runProgram(run)]);
  if (base.status === "fulfilled" && run.leaveStates !== undefined)
    renameStates(run.leaveStates, states, base.value.stacks, headStacks(folder));
  return base;
}

interface Changed {
  readonly options: CompareOptions;
  readonly plan: ComparisonPlan;
  readonly folder: string;
  readonly survey: Survey;
  /** The base's. */
  readonly run: ProgramRun;
}

/**
 * Both sides where the program is another one: the head is synthesized here, the base's program is asked for plans of what it does not
 * synthesize alike, and the same is planned here.
 */
async function sidesOfChange(
  { options, plan, folder, survey, run }: Changed,
  { ids, states }: HeadRun,
): Promise<readonly [Side, Side]> {
  let base: PromiseSettledResult<Side> | undefined;
  const synthesized = (configuration: Configuration): HeadOptions => ({
    synthesized: async (inputs) => {
      void survey(configuration);
      const alike = join(folder, "alike");
      writeFileSync(alike, [...inputs.values()].join("\n"), { mode: 0o600 });
      const isAsked = await plansAlike(plan, run);
      base = await settledBase(isAsked ? { ...run, alike } : run, options, states);
      // From before it could be asked.
      if (isAsked && isTooOld(base)) base = await settledBase(run, options, states);
      const unplanned = (base.status === "fulfilled" ? base.value.unplanned : undefined) ?? new Set<string>();
      if (unplanned.size > 0) options.progress(`synthesized alike, and not planned: ${[...unplanned].join(", ")}`);
      return { unplanned, priorStates: baseStates(states, configuration.stacks) };
    },
  });
  const [head] = await Promise.allSettled([headHere(options, ids, synthesized)]);
  // What cannot be synthesized here may be refused there as well.
  base ??= await settledBase(run, options, states);
  const [one, other] = bothSides(base, head);
  return [one, { stacks: inOrder(other.stacks, headStacks(options.folder)) }];
}

function isTooOld(side: PromiseSettledResult<Side>): boolean {
  return (
    side.status === "rejected" &&
    side.reason instanceof UserError &&
    side.reason.problems.some(({ code }) => code === "base-too-old")
  );
}

/** Whether both programs make the same plan of the same thing, by code that both have. */
async function plansAlike({ checkout }: ComparisonPlan, { program }: ProgramRun): Promise<boolean> {
  // It loads esbuild, which nothing else here needs.
  const { planningCode } = await import("./planning-code");
  const here = planningCode(checkout);
  return here !== undefined && here === planningCode(program);
}

interface HeadRun {
  /** @default all */
  readonly ids: readonly string[] | undefined;
  /** The folder with the states that the base has left. */
  readonly states: string;
}

async function headSide(
  options: CompareOptions,
  plan: ComparisonPlan,
  folder: string,
  { ids, states }: HeadRun,
): Promise<Side> {
  if (ids?.length === 0) return emptySide;
  if (plan.computedBy.by === "base") {
    return runProgram({
      ...running(options),
      name: "head",
      program: programOf(plan, folder),
      folder: process.cwd(),
      configuration: options.folder,
      documents: join(folder, "head-plans"),
      priorStates: states,
      ids,
    });
  }
  return headHere(options, ids, ({ stacks }) => ({ priorStates: baseStates(states, stacks) }));
}

/** On which states the head is planned, or what says so once it is synthesized. */
type HeadOptions = Pick<PreviewOptions, "priorStates" | "synthesized">;

/** The head, planned by the program that runs. */
async function headHere(
  { folder, engine, environment, progress }: CompareOptions,
  ids: readonly string[] | undefined,
  more: (configuration: Configuration) => HeadOptions,
): Promise<Side> {
  const configuration = loadConfiguration(folder);
  const result = await preview({
    configuration,
    stacks: configuration.stacks.filter(({ id }) => ids?.includes(id) ?? true),
    engine,
    environment,
    ...more(configuration),
    progress: (line) => progress(`head: ${line}`),
  });
  return sideOf(result);
}

function inOrder(sides: readonly SideStack[], stacks: readonly ProgramInstance[]): readonly SideStack[] {
  const place = (side: SideStack) => stacks.findIndex(({ id }) => id === side.id);
  return [...sides].sort((a, b) => place(a) - place(b));
}

/** The head's stacks; none where its configuration cannot be read: planning it says why. */
function headStacks(folder: string): readonly ProgramInstance[] {
  try {
    return loadConfiguration(folder).stacks;
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
}

function running({
  engine,
  environment,
  progress,
}: CompareOptions): Pick<CompareOptions, "engine" | "environment" | "progress"> {
  return { engine, environment, progress };
}

/** The program of the base's side, and of both where the change touches configuration only. */
function programOf({ worktrees, checkout }: ComparisonPlan, folder: string): string {
  return worktrees.program === undefined ? checkout : join(folder, "program", worktrees.program.path);
}

/** Both, or every problem of both. */
function bothSides(base: PromiseSettledResult<Side>, head: PromiseSettledResult<Side>): readonly [Side, Side] {
  const failures: readonly unknown[] = [head, base].flatMap((result) =>
    result.status === "rejected" ? [result.reason as unknown] : [],
  );
  refuseIfAny(failures.flatMap((failure) => (failure instanceof UserError ? failure.problems : [])));
  if (head.status === "rejected") throw head.reason;
  if (base.status === "rejected") throw base.reason;
  return [base.value, head.value];
}
