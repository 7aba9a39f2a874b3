import { type GitHub, type Run } from "../../planning/github/github";
import { noBundleOf, notMerged, otherRun } from "./refusals";

export interface BundleQuestion {
  readonly github: GitHub;
  /** owner/name of the repository that asks: a fork's runs count for nothing. */
  readonly repository: string;
  readonly pullRequest: number;
  readonly defaultBranch: string;
  /** The stack's id. */
  readonly id: string;
  /** The files of the workflows that make bundles: of a pull request, and of main. */
  readonly planPath: string;
  readonly deployPath: string;
  /** The run whose bundle it is. @default the pull request's own newest one that left one */
  readonly run?: number;
}

/** Where a bundle is, and who had a part in making it. */
export interface FoundBundle {
  readonly run: number;
  readonly makers: readonly string[];
}

/** What a run leaves the bundle of a stack as. */
const artifactOf = (id: string) => `plan-${id}`;

/**
 * The run that made the bundle of a merged pull request, by what GitHub says of both: a run of plan.yml whose head is the pull request's newest
 * commit, or the named run of deploy.yml on the default branch. Nothing is taken from the artifact.
 * @throws UserError where there is none, or the named run is another kind of run.
 */
export async function findBundle(question: BundleQuestion): Promise<FoundBundle> {
  const { github, pullRequest, defaultBranch, id, run: named } = question;
  const pull = await github.pullRequest(pullRequest);
  if (pull.isMerged !== true || pull.baseBranch !== defaultBranch) throw notMerged(pullRequest, defaultBranch);
  const isOfPull = (run: Run) =>
    run.path === question.planPath &&
    run.event === "pull_request" &&
    run.headSha === pull.headSha &&
    run.headRepository === question.repository;
  const isOfMain = (run: Run) =>
    run.path === question.deployPath &&
    run.event === "workflow_dispatch" &&
    run.headBranch === defaultBranch &&
    run.headRepository === question.repository;
  const makersOf = (run: Run) => [...new Set([...run.actors, pull.author])];
  if (named !== undefined) {
    const run = await github.run(named);
    if (!isOfPull(run) && !isOfMain(run)) throw otherRun(named, pullRequest, defaultBranch);
    if (!(await github.hasArtifact(named, artifactOf(id)))) throw noBundleOf(id, `run ${named} left none`);
    return { run: named, makers: makersOf(run) };
  }
  const runs = (await github.runsOfPullRequests(pull.headSha)).filter(isOfPull).sort((a, b) => b.id - a.id);
  for (const run of runs)
    if (await github.hasArtifact(run.id, artifactOf(id))) return { run: run.id, makers: makersOf(run) };
  throw noBundleOf(id, `no run of ${question.planPath} for ${pull.headSha.slice(0, 12)} left one`);
}
