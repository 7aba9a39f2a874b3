import { existsSync } from "node:fs";
import { join } from "node:path";
import { loadConfiguration } from "../../lib/config/load";
import { refuseIfAny, UserError } from "../../lib/errors";
import { withTemporaryFolder } from "../../lib/files";
import { preview } from "../preview/preview";
import { blocksOf } from "./blocks";
import { difference, type Difference } from "./difference";
import { type ComparisonPlan, planComparison } from "./comparison-plan";
import { runProgram } from "./program-run";
import { maskOf } from "./secrets";
import { emptySide, type Side, sideOf } from "./side";
import { type ComputedBy } from "./trust";
import { providePackages } from "./packages";
import { samePlans } from "./same-plans";
import { onlyChosen, type Choice, chooseStacks } from "./selection";
import { withWorktree } from "./worktree";

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

export interface Comparison extends Difference {
  readonly computedBy: ComputedBy;
  /** The base's ref as given, and its commit. */
  readonly base: { readonly ref: string; readonly commit: string };
  /** What a reader should know about the comparison itself. */
  readonly remarks: readonly string[];
}

/**
 * The difference between the working tree and a ref, as planned resources. Both sides are planned from no state with replayed
 * providers: no cluster, no credential, no registry. Nothing is left behind, and no secret is in the answer.
 * @throws UserError for an unknown ref, and where one of the sides cannot be planned.
 */
export async function compare(options: CompareOptions): Promise<Comparison> {
  const plan = planComparison(options);
  for (const remark of plan.remarks) options.progress(remark);
  return withTemporaryFolder((folder) =>
    withWorktrees(plan, folder, options.progress, async () => {
      const [base, head] = await plannedSides(options, plan, folder);
      const selected = onlyChosen(options, [base, head]);
      const mask = maskOf([base, head], options.environment);
      const computedBy = plan.computedBy;
      return {
        ...difference(selected(base), selected(head), mask),
        computedBy,
        base: { ref: options.base, commit: plan.commit },
        remarks: plan.remarks,
      };
    }),
  );
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

/** Both sides at once. What one program plans from equal settings is planned once. */
async function plannedSides(
  options: CompareOptions,
  plan: ComparisonPlan,
  folder: string,
): Promise<readonly [Side, Side]> {
  const worktree = plan.worktrees.configuration === undefined ? join(folder, "program") : join(folder, "configuration");
  const configuration = join(worktree, plan.configuration);
  const known = existsSync(join(configuration, "organization.yaml"));
  const chosen = chooseStacks(options, known ? configuration : undefined);
  const head = headSide(options, plan, folder, chosen);
  head.catch(() => undefined); // told below, with what the base has to say
  if (!known) {
    options.progress(`there is no configuration at ${options.base}: everything is new`);
    return [emptySide, await head];
  }
  const same =
    plan.computedBy.by === "change" ? undefined : await samePlans(configuration, options.folder, options.environment);
  const run = {
    ...running(options),
    name: options.base,
    program: programOf(plan, folder),
    folder: worktree,
    configuration: plan.configuration === "" ? "." : plan.configuration,
    documents: join(folder, "base-plans"),
  };
  const ids = same === undefined ? chosen?.base : same.others.filter((id) => chosen?.base.includes(id) ?? true);
  const [base, whole] = await bothSides(
    ids?.length === 0 ? Promise.resolve(emptySide) : runProgram({ ...run, ids }),
    head,
  );
  return [same === undefined ? base : same.completed(base, whole), whole];
}

async function headSide(
  options: CompareOptions,
  plan: ComparisonPlan,
  folder: string,
  chosen: Choice | undefined,
): Promise<Side> {
  if (chosen?.head.length === 0) return emptySide;
  if (plan.computedBy.by === "base") {
    const run = {
      ...running(options),
      name: "head",
      program: programOf(plan, folder),
      folder: process.cwd(),
      configuration: options.folder,
      documents: join(folder, "head-plans"),
      ids: chosen?.head,
    };
    return runProgram(run, true);
  }
  const configuration = loadConfiguration(options.folder);
  const { engine, environment } = options;
  const stacks = configuration.stacks.filter(({ id }) => chosen?.head.includes(id) ?? true);
  const result = await preview({
    configuration,
    stacks,
    engine,
    environment,
    progress: (line) => options.progress(`head: ${line}`),
  });
  return sideOf(result, await blocksOf(configuration, stacks));
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

/** Both, or every problem of both: a side is never left running in a folder that goes. */
async function bothSides(base: Promise<Side>, head: Promise<Side>): Promise<readonly [Side, Side]> {
  const [baseResult, headResult] = await Promise.allSettled([base, head]);
  const failures: readonly unknown[] = [headResult, baseResult].flatMap((result) =>
    result.status === "rejected" ? [result.reason as unknown] : [],
  );
  refuseIfAny(failures.flatMap((failure) => (failure instanceof UserError ? failure.problems : [])));
  if (headResult.status === "rejected") throw headResult.reason;
  if (baseResult.status === "rejected") throw baseResult.reason;
  return [baseResult.value, headResult.value];
}
