import { execFileSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** What git says of a file: as committed, changed or never committed, in no repository at all, or why that cannot be told. */
type Commitment = "committed" | "uncommitted" | "no repository" | { readonly unknown: string };

/**
 * Compares a file with the last commit of the repository around it. It compares contents, so neither what git was told to overlook
 * (assume-unchanged, ignored, untracked files not shown) nor a GIT_DIR of another repository is a way past it.
 */
export function commitmentOf(file: string): Commitment {
  const real = existsSync(file) ? realpathSync(file) : file;
  const folder = dirname(real);
  if (!isInRepository(folder)) return "no repository";
  const git = (...args: readonly string[]) =>
    execFileSync("git", args, {
      cwd: folder,
      env: environment(),
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  const name = basename(real);
  try {
    git("rev-parse", "--git-dir");
    if (!existsSync(real)) return isCommitted(git, name) ? "uncommitted" : "committed";
    const committed = committedHash(git, name);
    // With git's own filters, so that line ends that git changes at a checkout are no difference.
    return committed !== undefined && committed === git("hash-object", `--path=${name}`, "--", name)
      ? "committed"
      : "uncommitted";
  } catch (error) {
    return { unknown: reasonOf(error) };
  }
}

type Git = (...args: readonly string[]) => string;

function isCommitted(git: Git, name: string): boolean {
  return committedHash(git, name) !== undefined;
}

/** The hash of the file in the last commit; undefined where that has none, or there is no commit yet. */
function committedHash(git: Git, name: string): string | undefined {
  const listed = git("rev-list", "--max-count=1", "--all") === "" ? "" : git("ls-tree", "HEAD", "--", name);
  return /^\d+ blob ([0-9a-f]+)\t/.exec(listed)?.[1];
}

function isInRepository(folder: string): boolean {
  for (let here = folder; ; here = dirname(here)) {
    if (existsSync(join(here, ".git"))) return true;
    if (dirname(here) === here) return false;
  }
}

/** Git's own variables may name another repository, index or configuration. */
function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_"));
  return { ...Object.fromEntries(kept), LC_ALL: "C", GIT_OPTIONAL_LOCKS: "0" };
}

function reasonOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return String(error);
  if ("code" in error && error.code === "ENOENT") return "there is no git on PATH";
  const said = "stderr" in error ? String(error.stderr).trim() : "";
  return said.split("\n")[0] || (error instanceof Error ? error.message : "git gave no reason");
}
