import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { runChild } from "../../lib/child";
import { packagesNotInstalled } from "./refusals";

/**
 * Gives a program's worktree the packages it runs with: this checkout's, where the lock file is the same, else installed from its own lock file.
 * No package's script is run.
 */
export async function providePackages(
  checkout: string,
  worktree: string,
  progress: (line: string) => void,
): Promise<void> {
  const lock = (folder: string) =>
    existsSync(join(folder, "package-lock.json")) ? readFileSync(join(folder, "package-lock.json"), "utf8") : undefined;
  if (lock(checkout) === lock(worktree)) return linkPackages(checkout, worktree);
  progress("package-lock.json is another one there: npm ci --ignore-scripts, which takes a minute");
  const code = await install(worktree);
  if (code !== 0) throw packagesNotInstalled(code);
}

/**
 * Links every package by itself, and not node_modules as a whole: what a program keeps in node_modules/.cache is its own, so
 * that neither side runs or leaves there what the other made.
 */
export function linkPackages(checkout: string, worktree: string): void {
  const [from, to] = [join(checkout, "node_modules"), join(worktree, "node_modules")];
  if (!existsSync(from) || !existsSync(join(worktree, "package.json"))) return;
  mkdirSync(to);
  for (const name of readdirSync(from))
    if (name !== ".cache") symlinkSync(join(realpathSync(from), name), join(to, name));
}

async function install(folder: string): Promise<number> {
  const { exitCode } = await runChild({
    program: "npm",
    args: ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
    folder,
    env: process.env,
    stdout: "to stderr",
    stderr: "to stderr",
  });
  return exitCode;
}
