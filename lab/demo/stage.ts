import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { stripVTControlCharacters } from "node:util";
import { parseDocument } from "yaml";
import { repositoryRoot } from "../../lib/root";
import { programEnded } from "../refusals";

export interface CommandResult {
  readonly exitCode: number;
  readonly output: string;
}

interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** The lines to show. @default all */
  readonly show?: RegExp;
}

/**
 * Where the demo plays: a copy of the checked-in configuration in a temporary folder, a voice, and the processes it started.
 * `strike` ends them all; the folder belongs to the caller.
 */
export class Stage {
  readonly configuration: string;
  private readonly children = new Set<ChildProcess>();

  constructor(
    readonly folder: string,
    private readonly write: (text: string) => void,
  ) {
    this.configuration = join(folder, "config");
    cpSync(join(repositoryRoot, "config"), this.configuration, { recursive: true });
  }

  /** A heading. */
  act(title: string): void {
    this.write(`\n${title}\n${"-".repeat(title.length)}\n`);
  }

  say(text: string): void {
    this.write(`${text}\n`);
  }

  /** Sets values in the copy's organization.yaml, by path; `undefined` removes one. */
  setOrganization(values: readonly (readonly [path: readonly string[], value: unknown])[]): void {
    const file = join(this.configuration, "organization.yaml");
    const document = parseDocument(readFileSync(file, "utf8"));
    for (const [path, value] of values) {
      if (value === undefined) document.deleteIn(path);
      else document.setIn(path, document.createNode(value));
    }
    writeFileSync(file, document.toString());
  }

  /** Shows a command as it would be typed, runs it to its end, and shows the lines it prints that match, as they come. */
  async run(shown: string, program: string, args: readonly string[], options: RunOptions): Promise<CommandResult> {
    this.write(`$ ${shown}\n`);
    return this.runQuietly(program, args, options, (line) => {
      if (line.trim() !== "" && (options.show ?? /./).test(line)) this.write(`  ${line.trim()}\n`);
    });
  }

  /** Runs a program to its end; `told` gets each line it prints. */
  async runQuietly(
    program: string,
    args: readonly string[],
    options: RunOptions,
    told: (line: string) => void = () => undefined,
  ): Promise<CommandResult> {
    const child = this.start(program, args, options);
    let output = "";
    const show = (line: string) => {
      const plain = stripVTControlCharacters(line).trimEnd();
      output += `${plain}\n`;
      told(plain);
    };
    for (const stream of [child.stdout, child.stderr]) if (stream !== null) createInterface(stream).on("line", show);
    const exitCode = await new Promise<number>((resolve) => child.on("close", (code) => resolve(code ?? 1)));
    return { exitCode, output };
  }

  /** Starts a process that is ended with the demo, together with everything it started. */
  start(
    program: string,
    args: readonly string[],
    options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv },
  ): ChildProcess {
    const env = { ...process.env, FLYWHEEL_CONFIG_DIR: this.configuration, ...options.env };
    // A group of its own: what cdktf starts ends with it.
    const child = spawn(program, args, {
      cwd: options.cwd ?? repositoryRoot,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    this.children.add(child);
    child.on("exit", () => this.children.delete(child));
    child.on("error", () => this.children.delete(child));
    return child;
  }

  /** Waits for a line that matches in what a process prints. @throws UserError where it ends first. */
  waitFor(child: ChildProcess, pattern: RegExp, what: string): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      let output = "";
      const look = (chunk: Buffer) => {
        output += chunk.toString();
        const match = pattern.exec(output);
        if (match !== null) resolve(match);
      };
      child.stdout?.on("data", look);
      child.stderr?.on("data", look);
      child.on("exit", () => reject(programEnded(what, output)));
    });
  }

  /** Ends a process and everything it started, politely first. */
  async end(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    signalGroup(child.pid, "SIGTERM");
    const force = setTimeout(() => signalGroup(child.pid ?? 0, "SIGKILL"), 10_000);
    await gone;
    clearTimeout(force);
  }

  /** Ends a process as `kill -9` does, with everything it started. */
  async kill(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    signalGroup(child.pid, "SIGKILL");
    await gone;
  }

  /** Ends everything that is still running. */
  async strike(): Promise<void> {
    await Promise.all([...this.children].map((child) => this.end(child)));
  }
}

function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    if (leader > 0) process.kill(-leader, signal);
  } catch {
    // It ended in between.
  }
}
