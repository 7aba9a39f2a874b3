import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { withTemporaryFolder, writeFileAtomically } from "../../lib/files";
import { repositoryRoot } from "../../lib/root";
import { type Outcome, postComment } from "./post-comment";
import { gitHubOf, requiredBy, runProgram } from "../program";
import { noComment } from "../refusals";

const required = requiredBy("comment");

const said: Readonly<Record<Outcome, string>> = {
  created: "commented on the pull request",
  updated: "updated the comment of the pull request",
  "no-preview": "the run left no preview: nothing to comment",
  "no-pull-request": "no open pull request to the default branch has this commit as its newest: nothing to comment",
};

/** `make comment`: posts the preview in ARTIFACT to the pull request that GitHub says it is of. */
async function main(environment: NodeJS.ProcessEnv): Promise<void> {
  const github = gitHubOf(environment, required);
  const baseBranch = required(environment, "BASE_BRANCH");
  const headSha = required(environment, "HEAD_SHA");
  const origin = {
    baseBranch,
    headSha,
    headBranch: required(environment, "HEAD_BRANCH"),
    headRepository: required(environment, "HEAD_REPOSITORY"),
  };
  const outcome = await withTemporaryFolder((folder) =>
    postComment(github, origin, required(environment, "ARTIFACT"), async (markdown, changed) => {
      const list = join(folder, "changed-files.json");
      writeFileAtomically(list, JSON.stringify(changed));
      // Without the token: the command only reads two files.
      const { GITHUB_TOKEN: _token, ...env } = environment;
      return flywheelComment(["--markdown", markdown, "--changed-files", list, "--base-ref", baseBranch], env);
    }),
  );
  process.stdout.write(`${said[outcome]} (${headSha.slice(0, 12)})\n`);
}

function flywheelComment(args: readonly string[], env: NodeJS.ProcessEnv): string {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(repositoryRoot, "bin", "flywheel"), "comment", ...args],
    { env, encoding: "utf8", maxBuffer: 16 * 1024 * 1024 },
  );
  if (status === 0) return stdout;
  throw noComment(status, stderr);
}

runProgram(() => main(process.env));
