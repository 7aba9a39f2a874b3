import { join } from "node:path";
import { loadConfiguration } from "../../lib/config/load";
import { type Problem } from "../../lib/errors";
import { withTemporaryFolder } from "../../lib/files";
import { survey } from "../../stacks/synth";
import { difference, type Difference } from "./difference";
import { type ComparisonPlan, planComparison } from "./comparison-plan";
import { maskOf } from "./secrets";
import { type CompareOptions, plannedSides, type Survey } from "./planned-sides";
import { type ComputedBy } from "./trust";
import { providePackages } from "./packages";
import { onlyChosen } from "./selection";
import { withWorktree } from "./worktree";

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
      const survey = surveyOf(options.folder);
      const [base, head] = await plannedSides(options, plan, folder, survey);
      const selected = onlyChosen(options, [base, head]);
      const mask = maskOf([base, head], options.environment);
      const computedBy = plan.computedBy;
      return {
        ...difference(selected(base), selected(head), mask, await survey()),
        computedBy,
        base: { ref: options.base, commit: plan.commit },
        remarks: plan.remarks,
      };
    }),
  );
}

/** Looks for two owners of one object over the whole configuration, once, from when it is first called. */
function surveyOf(folder: string): Survey {
  let collisions: Promise<readonly Problem[]> | undefined;
  return (configuration) => {
    collisions ??= (async () => (await survey(configuration ?? loadConfiguration(folder))).collisions)();
    // Where a side cannot be planned that is what is told.
    collisions.catch(() => undefined);
    return collisions;
  };
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
