import { spawn } from "node:child_process";
import { join } from "node:path";
import { repositoryRoot } from "../../../lib/root";

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ChildOptions {
  readonly cwd: string;
  /** Added to PATH, HOME and the temporary folder, and nothing else: no variable of this machine decides a test. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program to its end. */
export function runChild(program: string, args: readonly string[], { cwd, env }: ChildOptions): Promise<Outcome> {
  const child = spawn(program, args, { cwd, env: { ...clock(), ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const texts = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => (texts.stdout += String(chunk)));
  child.stderr.on("data", (chunk) => (texts.stderr += String(chunk)));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, ...texts }));
  });
}

/** `node bin/synth.cjs` of this repository, or of a copy of it. */
export function runSynth(options: ChildOptions, root = repositoryRoot): Promise<Outcome> {
  return runChild(process.execPath, [join(root, "bin/synth.cjs")], options);
}

/** `flywheel` of this repository. */
export function runFlywheel(args: readonly string[], options: ChildOptions): Promise<Outcome> {
  return runChild(process.execPath, [join(repositoryRoot, "bin/flywheel"), ...args], options);
}

function clock(): Record<string, string> {
  return Object.fromEntries(
    ["PATH", "HOME", "TMPDIR"].flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
