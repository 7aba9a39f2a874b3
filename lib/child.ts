import { type ChildProcess, spawn, type StdioOptions } from "node:child_process";
import { fstatSync } from "node:fs";
import { basename } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { notStarted } from "./refusals";
import { exitCodeAfter, Interrupted, whileRunning } from "./signals";

interface ChildRun {
  /** Absolute path, or a name on PATH. */
  readonly program: string;
  readonly args: readonly string[];
  /** The working directory. @default this process's */
  readonly folder?: string;
  readonly env: NodeJS.ProcessEnv;
  /** What it writes is for its owner's eyes only. @default as this process was told */
  readonly private?: boolean;
  /** Where it reads from: this process's own stdin, or nowhere. @default nowhere */
  readonly stdin?: "ours";
  /** Where its stdout goes: into the result, or to our own stdout or stderr. @default kept */
  readonly stdout?: Output;
  readonly stderr?: Output;
  /** Gets what it writes on stderr as it comes, also where that is shown. */
  readonly onStderr?: (text: string) => void;
  /** The same for stdout. */
  readonly onStdout?: (text: string) => void;
  /** Told when it runs. */
  readonly onSpawn?: () => void;
}

type Output = "kept" | "to stdout" | "to stderr";

export interface ChildResult {
  /** Its own, or 128 and the number of the signal that ended it. */
  readonly exitCode: number;
  /** What it wrote, as far as that is kept. */
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end. However a signal reaches us, from a terminal to the whole group or from somebody to this process
 * alone, the program gets one interrupt and is waited for: it runs in a session of its own, where no terminal's signal reaches it. It can
 * read the terminal that we were given all the same: only a background process of the terminal's own session may not.
 * @throws Interrupted after a signal, when it has ended. UserError where it cannot be started.
 */
export async function runChild(run: ChildRun): Promise<ChildResult> {
  let signalled: NodeJS.Signals | undefined;
  let child: ChildProcess | undefined;
  const release = whileRunning({
    description: `${basename(run.program)} ${run.args[0] ?? ""}`.trim(),
    interrupt: (signal) => {
      signalled = signal;
      interruptGroup(child);
    },
  });
  // However we end, it does not stay behind.
  const end = () => {
    if (signalled === undefined) interruptGroup(child);
  };
  process.prependListener("exit", end);
  try {
    child = start(run);
    const result = await ended(child, run);
    if (signalled === undefined) return result;
    if (child.signalCode !== null) await groupGone(child);
    throw new Interrupted(signalled);
  } finally {
    process.off("exit", end);
    release();
  }
}

function start(run: ChildRun): ChildProcess {
  const previous = run.private === true ? process.umask(0o077) : undefined;
  try {
    const stdio: StdioOptions = [
      run.stdin === "ours" ? "inherit" : "ignore",
      run.onStdout === undefined ? descriptor(run.stdout ?? "kept") : "pipe",
      run.onStderr === undefined ? descriptor(run.stderr ?? "kept") : "pipe",
    ];
    return spawn(run.program, run.args, { cwd: run.folder, env: run.env, stdio, detached: true });
  } finally {
    if (previous !== undefined) process.umask(previous);
  }
}

/**
 * Our own descriptor, or a pipe to us. Never a pipe of ours to somebody else: with its reader gone (Ctrl-C ends the `tee` of `| tee`, too) a
 * write would end the engine in the middle of an apply.
 */
function descriptor(output: Output): "pipe" | number {
  if (output === "kept") return "pipe";
  const own = output === "to stdout" ? 1 : 2;
  const isPipe = fstatSync(own).isFIFO() || fstatSync(own).isSocket();
  return isPipe ? "pipe" : own;
}

function ended(child: ChildProcess, run: ChildRun): Promise<ChildResult> {
  if (run.onSpawn !== undefined) child.on("spawn", run.onSpawn);
  const stdout = collect(child.stdout, run.stdout ?? "kept", run.onStdout);
  const stderr = collect(child.stderr, run.stderr ?? "kept", run.onStderr);
  return new Promise((resolve, reject) => {
    child.on("error", (error) => reject(notStarted(run.program, error)));
    child.on("close", (code, signal) =>
      resolve({
        exitCode: signal === null ? (code ?? 1) : exitCodeAfter(signal),
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      }),
    );
  });
}

function collect(
  stream: ChildProcess["stdout"],
  output: Output,
  told: ((text: string) => void) | undefined = undefined,
): readonly Buffer[] {
  const kept: Buffer[] = [];
  if (output !== "kept") outliveReaders();
  stream?.on("data", (chunk: Buffer) => {
    if (output === "to stdout") process.stdout.write(chunk);
    else if (output === "to stderr") process.stderr.write(chunk);
    else kept.push(chunk);
    told?.(chunk.toString());
  });
  return kept;
}

/** What is written to somebody who has gone is lost, and no reason to stop. */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr])
    if (!stream.listeners("error").includes(ignore)) stream.on("error", ignore);
}

function ignore(): void {
  // Nobody is there to be told.
}

/** The program and what it started, as a terminal does it: a wrapper script passes nothing on by itself. */
function interruptGroup(child: ChildProcess | undefined): void {
  if (child?.pid !== undefined) signalGroup(child.pid, "SIGINT");
}

/** A wrapper script that the interrupt has ended leaves the engine behind, which is what has to be waited for. */
async function groupGone(child: ChildProcess): Promise<void> {
  while (child.pid !== undefined && signalGroup(child.pid, 0)) await delay(50);
}

/** Whether there was somebody in the group. */
function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-leader, signal);
  } catch {
    return false;
  }
}
