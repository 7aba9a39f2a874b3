import { existsSync } from "node:fs";
import { join } from "node:path";
import { loadConfiguration, type ProgramInstance } from "../../lib/config/load";
import { type Problem, refuseIfAny, UserError } from "../../lib/errors";
import { withTemporaryFolder } from "../../lib/files";
import { survey } from "../../stacks/synth";
import { preview } from "../preview/preview";
import { baseStates, renameStates } from "./base-states";
import { difference, type Difference } from "./difference";
import { type ComparisonPlan, planComparison } from "./comparison-plan";
import { runProgram } from "./program-run";
import { maskOf } from "./secrets";
import { emptySide, type Side, sideOf, type SideStack } from "./side";
import { type ComputedBy } from "./trust";
import { providePackages } from "./packages";
import { samePlans } from "./same-plans";
import { onlyChosen, chooseStacks } from "./selection";
import { withWorktree } from "./worktree";

interface CompareOptions {
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

export interface Comparison extends Difference {
  readonly computedBy: ComputedBy;
  /** The base's ref as given, and its commit. */
  readonly base: { readonly ref: string; readonly commit: string };
  /** What a reader should know about the comparison itself. */
  readonly remarks: readonly string[];
}

/**
 * What the working tree would do to what a ref has deployed: the ref is planned from no state and applied into a temporary one, and the
 * working tree is planned on that, with replayed providers: no cluster, no credential, no registry. Nothing is left behind, and no
 * secret is in the answer.
 * @throws UserError for an unknown ref, and where one of the sides cannot be planned.
 */
export async function compare(options: CompareOptions): Promise<Comparison> {
  const plan = planComparison(options);
  for (const remark of plan.remarks) options.progress(remark);
  return withTemporaryFolder((folder) =>
    withWorktrees(plan, folder, options.progress, async () => {
      const collisions = collisionsIn(options.folder);
      // Where a side cannot be planned that is what is told.
      collisions.catch(() => undefined);
      const [base, head] = await plannedSides(options, plan, folder);
      const selected = onlyChosen(options, [base, head]);
      const mask = maskOf([base, head], options.environment);
      const computedBy = plan.computedBy;
      return {
        ...difference(selected(base), selected(head), mask, await collisions),
        computedBy,
        base: { ref: options.base, commit: plan.commit },
        remarks: plan.remarks,
      };
    }),
  );
}

async function collisionsIn(folder: string): Promise<readonly Problem[]> {
  return (await survey(loadConfiguration(folder))).collisions;
}

/** The base's configuration, and the base's program where it is another one. */
function withWorktrees<T>(
  plan: ComparisonPlan,
  folder: string,
  progress: (line: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  const { program } = plan.worktrees;
  const inner =
    program === undefined
      ? work
      : () =>
          withWorktree(program.repository, program.commit, join(folder, "program"), async () => {
            await providePackages(program.checkout, join(folder, "program", program.path), progress);
            return work();
          });
  const { configuration } = plan.worktrees;
  return configuration === undefined
    ? inner()
    : withWorktree(configuration.repository, configuration.commit, join(folder, "configuration"), inner);
}

/**
 * The base, and then the head on the states that the base would have left. What one program plans from equal settings is not planned:
 * there is no difference.
 */
async function plannedSides(
  options: CompareOptions,
  plan: ComparisonPlan,
  folder: string,
): Promise<readonly [Side, Side]> {
  const worktree = plan.worktrees.configuration === undefined ? join(folder, "program") : join(folder, "configuration");
  const configuration = join(worktree, plan.configuration);
  const known = existsSync(join(configuration, "organization.yaml"));
  const chosen = chooseStacks(options, known ? configuration : undefined);
  const states = join(folder, "head-states");
  if (!known) {
    options.progress(`there is no configuration at ${options.base}: everything is new`);
    return [emptySide, await headSide(options, plan, folder, { ids: chosen?.head, states })];
  }
  const same =
    plan.computedBy.by === "change" ? undefined : await samePlans(configuration, options.folder, options.environment);
  const others = (all: readonly string[] | undefined, wanted: readonly string[] | undefined) =>
    all === undefined ? wanted : all.filter((id) => wanted?.includes(id) ?? true);
  const run = {
    ...running(options),
    name: options.base,
    program: programOf(plan, folder),
    folder: worktree,
    configuration: plan.configuration === "" ? "." : plan.configuration,
    documents: join(folder, "base-plans"),
    leaveStates: join(folder, "base-states"),
    ids: others(same?.others, chosen?.base),
  };
  const [base] = await Promise.allSettled([run.ids?.length === 0 ? Promise.resolve(emptySide) : runProgram(run)]);
  if (base.status === "fulfilled") renameStates(run.leaveStates, states, base.value.stacks, headStacks(options.folder));
  // Also where the base cannot be planned: the head may have something to say as well.
  const [head] = await Promise.allSettled([
    headSide(options, plan, folder, { ids: others(same?.othersOfHead, chosen?.head), states }),
  ]);
  const [one, other] = bothSides(base, head);
  return [
    { ...one, stacks: [...one.stacks, ...(same?.base ?? [])] },
    { ...other, stacks: inOrder([...other.stacks, ...(same?.head ?? [])], headStacks(options.folder)) },
  ];
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
  const configuration = loadConfiguration(options.folder);
  const { engine, environment } = options;
  const stacks = configuration.stacks.filter(({ id }) => ids?.includes(id) ?? true);
  const result = await preview({
    configuration,
    stacks,
    engine,
    environment,
    priorStates: baseStates(states, stacks),
    progress: (line) => options.progress(`head: ${line}`),
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
