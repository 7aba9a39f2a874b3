import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { commentMarker } from "../../planning/difference/comment";
import { type ChangedFile, type Comment, type GitHub, type PullRequest } from "../../planning/github/github";

/** Who a workflow's own token comments as. */
const author = "github-actions[bot]";

/** The largest preview that is read; `flywheel comment` cuts it to what a comment may have. */
const maximumBytes = 4 * 1024 * 1024;

/** The run that left the artifact, by what GitHub says about it; nothing of this is taken from the artifact. */
interface Origin {
  readonly headSha: string;
  readonly headBranch: string;
  /** owner/name of the repository the branch is in. */
  readonly headRepository: string;
  readonly baseBranch: string;
}

/** Makes the comment's text of an untrusted preview and of the files that the pull request touches. */
type Render = (markdownFile: string, changedFiles: readonly ChangedFile[]) => Promise<string>;

export type Outcome = "created" | "updated" | "no-preview" | "no-pull-request";

/**
 * Creates or updates the one comment of the pull request that a run was for. Posts nothing where its commit is no longer the
 * pull request's newest (then the changed files would not be that commit's, and the label could be wrong), or where it does not
 * go to the default branch.
 * @throws UserError where GitHub refuses, Error where the artifact is not a plain file of sensible size.
 */
export async function postComment(github: GitHub, origin: Origin, artifact: string, render: Render): Promise<Outcome> {
  const file = untrustedFile(join(artifact, "preview.md"));
  if (file === undefined) return "no-preview";
  const pull = await newestAt(github, origin);
  if (pull === undefined) return "no-pull-request";
  const files = [...(await changedFilesOf(github, pull.number)), ...(await otherBase(github, origin, pull.number))];
  const body = await render(file, files);
  // Asked again: files are listed for the newest commit, which may have become another one meanwhile.
  if ((await newestAt(github, origin)) === undefined) return "no-pull-request";
  const ours = (await github.comments(pull.number)).find((comment) => isOurs(comment));
  if (ours === undefined) {
    await github.createComment(pull.number, body);
    return "created";
  }
  await github.updateComment(ours.id, body);
  return "updated";
}

async function newestAt(
  github: GitHub,
  { headSha, headBranch, headRepository, baseBranch }: Origin,
): Promise<PullRequest | undefined> {
  const [owner = ""] = headRepository.split("/");
  const open = await github.pullRequestsFrom(owner, headBranch);
  return open.find(
    (pull) => pull.headSha === headSha && pull.headRepository === headRepository && pull.baseBranch === baseBranch,
  );
}

/** The changed files. An incomplete list says so, as a file that is no configuration. */
async function changedFilesOf(github: GitHub, number: number): Promise<readonly ChangedFile[]> {
  const { changedFiles } = await github.pullRequest(number);
  const files = await github.changedFiles(number);
  return changedFiles === files.length ? files : [...files, { filename: "(more files than GitHub lists)" }];
}

/**
 * A run merges the head with the base of its own moment, and the label is about that base's code. Where the base was ever another branch, or
 * the head has a pull request to one, it may have been that one's: told as a file that is no configuration.
 */
async function otherBase(
  github: GitHub,
  { headRepository, headBranch, baseBranch }: Origin,
  number: number,
): Promise<readonly ChangedFile[]> {
  const [owner = ""] = headRepository.split("/");
  const all = await github.everyPullRequestFrom(owner, headBranch);
  const isSure = all.every((pull) => pull.baseBranch === baseBranch) && !(await github.baseWasChanged(number));
  return isSure ? [] : [{ filename: "(the base may have been another branch)" }];
}

function isOurs({ body, author: who }: Comment): boolean {
  return who === author && body.startsWith(commentMarker);
}

/**
 * The file where it is one, undefined where there is none. A link in the artifact could point at anything on this machine, the
 * job's token included, and would be published.
 */
function untrustedFile(file: string): string | undefined {
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  if (!found.isFile() || found.size > maximumBytes)
    throw new Error(`${file} is not a plain file of at most ${maximumBytes} bytes: it is not read`);
  readFileSync(file); // readable, or the reason why not
  return file;
}
