import { UserError, UsageError, type Problem } from "../../lib/errors";

/** The list of changed files is not GitHub's. */
export function notAFileList(name: string): UserError {
  return new UserError({
    code: "not-a-file-list",
    file: name,
    what: "it is not GitHub's list of a pull request's files",
    expected: "a JSON list of objects with `filename`, or a list of such pages",
    remedy: "gh api --paginate --slurp repos/OWNER/REPO/pulls/NUMBER/files",
  });
}

/** The configuration's folder is not there. */
export function noConfiguration(folder: string): UserError {
  return new UserError({
    code: "no-configuration",
    file: folder,
    what: "there is no such folder",
    expected: "the configuration's folder",
  });
}

/** The configuration has no base to compare it with. */
export function configurationInNoRepository(folder: string): UserError {
  return new UserError({
    code: "no-repository",
    file: folder,
    what: "the configuration is in no git repository, so there is nothing to compare it with",
    expected: "a folder in a repository that has the base",
  });
}

/** --program-base where --base names the program's, too. */
export function programBaseOfOwn(): UsageError {
  return new UsageError({
    code: "usage",
    what: "--program-base is for a configuration in another repository, and this one is in the program's",
    expected: "--base alone: it names both",
  });
}

/** The program has no base to compare it with. */
export function programInNoRepository(checkout: string): UserError {
  return new UserError({
    code: "no-repository",
    file: checkout,
    what: "the program is in no git repository, so it has no --program-base",
    expected: "a clone of the program",
  });
}

/** git can't be started. */
export function noGit(message: string): UserError {
  return new UserError({ code: "no-git", what: `cannot run git: ${message}`, expected: "git on PATH" });
}

/** git refuses the repository, in its own words. */
export function repositoryUnreadable(folder: string, error: string): UserError {
  return new UserError({
    code: "git-failed",
    file: folder,
    what: `git cannot read the repository: ${error}`,
    expected: "a repository that git reads",
  });
}

/** No commit has that name here. */
export function unknownRef(ref: string, repository: string): UserError {
  return new UserError({
    code: "unknown-ref",
    what: `there is no commit "${ref}" in ${repository}`,
    expected: "a branch, tag or commit to compare with",
    remedy: "Fetch it: git fetch origin <branch>, then --base origin/<branch> (in CI: a checkout with fetch-depth: 0)",
  });
}

/** A git command failed, in its own words. */
export function gitFailed(args: readonly string[], repository: string, error: string): UserError {
  return new UserError({
    code: "git-failed",
    what: `git ${args[0] ?? ""} failed in ${repository}: ${error}`,
    expected: "a list of files",
  });
}

/** The base's packages cannot be installed. */
export function packagesNotInstalled(code: number): UserError {
  return new UserError({
    code: "packages-not-installed",
    what: `npm ci failed with exit code ${code} for the base`,
    expected: "the packages of the base's package-lock.json",
    remedy: "See what npm says above; it needs its registry or its cache",
  });
}

/** The other program failed, and its last words are all that is known. */
export function sideNotPlanned(name: string, lastLine: string): UserError {
  return new UserError({
    code: "side-not-planned",
    what: `${name} cannot be previewed: ${lastLine}`,
    expected: "a plan of both, base and head",
  });
}

/** Neither side has that stack. */
export function noSuchStack(id: string, folder: string, known: string[]): Problem {
  return {
    code: "no-such-stack",
    what: `there is no stack "${id}" in ${folder}, nor at the base`,
    expected: `one of ${known.join(", ")}`,
  };
}

/** git can't check the base out beside the repository. */
export function noWorktree(commit: string, repository: string, error: string): UserError {
  return new UserError({
    code: "no-worktree",
    what: `git cannot check ${commit} out beside ${repository}: ${error}`,
    expected: "a worktree of the base, to plan it from",
  });
}

/** The program of that ref does not know what it is asked for. */
export function baseTooOld({ name }: { readonly name: string }, why: string): UserError {
  return new UserError({
    code: "base-too-old",
    what: `the program at ${name} cannot preview for a comparison: ${why}`,
    expected: "a program whose `flywheel preview` can leave the state that its plan makes",
    remedy: "Compare with a later ref",
  });
}

/** The other program refused; its own problems follow. */
export function sideRefused(name: string): Problem {
  return { code: "side-not-planned", what: `${name} cannot be previewed`, expected: "a plan of both, base and head" };
}
