import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../lib/errors";
import { git } from "./git";

/**
 * Runs `work` with the repository as it is at `commit`, in `folder`, which must not exist yet. The worktree is gone afterwards, from
 * the folder and from the repository's list, also after an interrupt. No hook runs.
 */
export async function withWorktree<T>(repository: string, commit: string, folder: string, work: () => Promise<T>): Promise<T> {
  const remove = () => {
    // Twice --force: also one that an interrupted `add` has left locked.
    if (!git(repository, "worktree", "remove", "--force", "--force", folder).ok) rmSync(folder, { recursive: true, force: true });
    git(repository, "worktree", "prune");
  };
  // Before whoever removes the folder around it.
  process.prependListener("exit", remove);
  try {
    const { ok, error } = git(repository, "worktree", "add", "--detach", "--quiet", folder, commit);
    if (!ok) throw new UserError({ code: "no-worktree", what: `git cannot check ${commit} out beside ${repository}: ${error}`, expected: "a worktree of the base, to plan it from" });
    return await work();
  } finally {
    remove();
    process.off("exit", remove);
  }
}

/**
 * Gives a program's worktree the packages it runs with: this checkout's, where the lock file is the same, else installed from its own lock file.
 * No package's script is run.
 */
export async function providePackages(checkout: string, worktree: string, progress: (line: string) => void): Promise<void> {
  const lock = (folder: string) => (existsSync(join(folder, "package-lock.json")) ? readFileSync(join(folder, "package-lock.json"), "utf8") : undefined);
  if (lock(checkout) === lock(worktree)) {
    if (existsSync(join(worktree, "package.json"))) symlinkSync(join(checkout, "node_modules"), join(worktree, "node_modules"));
    return;
  }
  progress("package-lock.json is another one there: npm ci --ignore-scripts, which takes a minute");
  const code = await install(worktree);
  if (code !== 0) throw new UserError({ code: "packages-not-installed", what: `npm ci failed with exit code ${code} for the base`, expected: "the packages of the base's package-lock.json", remedy: "See what npm says above; it needs its registry or its cache" });
}

function install(folder: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: folder, stdio: ["ignore", 2, 2] });
    const end = () => void child.kill();
    process.prependListener("exit", end);
    child.on("error", (error) => {
      process.off("exit", end);
      reject(new UserError({ code: "no-npm", what: `cannot run npm: ${error.message}`, expected: "npm on PATH" }));
    });
    child.on("close", (code) => {
      process.off("exit", end);
      resolve(code ?? 130);
    });
  });
}
