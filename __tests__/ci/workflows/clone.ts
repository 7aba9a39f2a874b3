import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryRoot } from "../../../lib/root";
import { type Step } from "./workflow";

const folders: string[] = [];

// Registered where this file is imported, so for each test file.
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is gone after the test file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "flywheel-workflow-"));
  folders.push(folder);
  return folder;
}

/** Runs git quietly. @throws with what git said. */
export function git(folder: string, ...args: readonly string[]): string {
  const identity = [
    "-c",
    "user.name=test",
    "-c",
    "user.email=test@example.org",
    "-c",
    "commit.gpgsign=false",
    "-c",
    "core.hooksPath=/dev/null",
  ];
  const { status, stdout, stderr } = spawnSync("git", [...identity, ...args], { cwd: folder, encoding: "utf8" });
  if (status !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`);
  return stdout.trim();
}

/** A clone of this repository's last commit, in place of the checkout and `npm ci` steps: its packages are links to ours. */
export function cloneOfProgram(): string {
  const clone = join(temporaryFolder(), "clone");
  git(repositoryRoot, "clone", "--quiet", "--no-local", "--depth", "1", `file://${repositoryRoot}`, clone);
  // A folder of its own, so that caches in it are the clone's.
  const packages = join(repositoryRoot, "node_modules");
  mkdirSync(join(clone, "node_modules"));
  for (const name of readdirSync(packages).filter((entry) => entry !== ".cache" && entry !== ".package-lock.json"))
    symlinkSync(join(packages, name), join(clone, "node_modules", name));
  const installed = join(clone, "node_modules", ".package-lock.json");
  copyFileSync(join(packages, ".package-lock.json"), installed);
  utimesSync(installed, new Date(), new Date());
  return clone;
}

/** Makes HEAD what GitHub checks out for a pull request: a merge, of which HEAD^1 is the base. `change` writes into the working tree. */
export function mergePullRequest(repository: string, change: () => void): void {
  const base = git(repository, "rev-parse", "HEAD");
  git(repository, "checkout", "--quiet", "-b", "change");
  change();
  git(repository, "add", "--all");
  git(repository, "commit", "--quiet", "--message", "change");
  git(repository, "checkout", "--quiet", "--detach", base);
  git(repository, "merge", "--quiet", "--no-ff", "--no-edit", "change");
}

export interface StepRun {
  readonly code: number | null;
  readonly output: string;
}

/** What is on a hosted runner and nothing else of this machine's environment: no credential, no configuration of ours. */
function runnerEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, XDG_CACHE_HOME, GOFLAGS, GOPROXY } = process.env;
  return {
    PATH,
    HOME,
    CI: "true",
    ...(XDG_CACHE_HOME === undefined ? {} : { XDG_CACHE_HOME }),
    ...(GOFLAGS === undefined ? {} : { GOFLAGS }),
    ...(GOPROXY === undefined ? {} : { GOPROXY }),
  };
}

/** Runs a step's very shell as GitHub runs it with `shell: bash`. */
export async function runStep(step: Step, cwd: string, env: Readonly<Record<string, string>>): Promise<StepRun> {
  const child = spawn("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", step.run ?? "exit 99"], {
    cwd,
    env: { ...runnerEnvironment(), ...env },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, output };
}
