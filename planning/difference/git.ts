import { spawnSync } from "node:child_process";
import { realpathSync } from "node:fs";
import { noGit, repositoryUnreadable, unknownRef, gitFailed } from "./refusals";

/** Where a hook or a script of git's runs us, these point at its repository, not at ours. */
const repositoryVariables = [
  "GIT_DIR",
  "GIT_WORK_TREE",
  "GIT_INDEX_FILE",
  "GIT_PREFIX",
  "GIT_COMMON_DIR",
  "GIT_OBJECT_DIRECTORY",
];

interface GitResult {
  readonly ok: boolean;
  readonly stdout: string;
  readonly error: string;
}

/** Runs git in `folder` without hooks and without asking anybody anything. */
export function git(folder: string, ...args: readonly string[]): GitResult {
  return gitWith({}, folder, ...args);
}

/** As git, with more variables. */
export function gitWith(more: Readonly<Record<string, string>>, folder: string, ...args: readonly string[]): GitResult {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !repositoryVariables.includes(name)));
  const { status, stdout, stderr, error } = spawnSync(
    "git",
    ["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", ...args],
    {
      cwd: folder,
      env: { ...env, ...more, GIT_TERMINAL_PROMPT: "0", GIT_OPTIONAL_LOCKS: "0", LC_ALL: "C" },
      encoding: "utf8",
      maxBuffer: 1 << 28,
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  if (error !== undefined) throw noGit(error.message);
  return { ok: status === 0, stdout, error: stderr.trim().split("\n").at(-1) ?? "" };
}

/** The top folder of the repository that `folder` belongs to, links resolved; undefined where it is in none. */
export function repositoryOf(folder: string): string | undefined {
  const { ok, stdout, error } = git(folder, "rev-parse", "--show-toplevel");
  if (ok) return realpathSync(stdout.replace(/\n$/, ""));
  if (/not a git repository|must be run in a work tree/.test(error)) return undefined;
  throw repositoryUnreadable(folder, error);
}

/** The commit that `ref` names. @throws UserError where there is none, such as in a clone without history. */
export function commitOf(repository: string, ref: string): string {
  const { ok, stdout } = ref.startsWith("-")
    ? { ok: false, stdout: "" }
    : git(repository, "rev-parse", "--verify", "--quiet", `${ref}^{commit}`);
  if (ok) return stdout.trim();
  throw unknownRef(ref, repository);
}

/** The files that the working tree has otherwise than the commit, from the repository's top; both names of a renamed one. Ignored files don't count. */
export function changedFiles(repository: string, commit: string): readonly string[] {
  const tracked = list(
    repository,
    "diff",
    "--name-only",
    "--no-renames",
    "--no-ext-diff",
    "--ignore-submodules=none",
    "-z",
    commit,
    "--",
  );
  const untracked = list(repository, "ls-files", "--others", "--exclude-standard", "-z");
  return [...new Set([...tracked, ...untracked])].sort();
}

/** Which of these files in a folder git ignores. */
export function ignoredIn(folder: string, names: readonly string[]): readonly string[] {
  if (names.length === 0) return [];
  return list(folder, "ls-files", "--others", "--ignored", "--exclude-standard", "-z", "--", ...names);
}

/** How many commits `commit` has that the checked-out one lacks. */
export function commitsMissing(repository: string, commit: string): number {
  const { ok, stdout } = git(repository, "rev-list", "--count", `HEAD..${commit}`);
  return ok ? Number(stdout.trim()) : 0;
}

function list(repository: string, ...args: readonly string[]): readonly string[] {
  const { ok, stdout, error } = git(repository, ...args);
  if (!ok) throw gitFailed(args, repository, error);
  return stdout.split("\0").filter((name) => name !== "");
}
