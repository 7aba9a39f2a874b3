import { spawn } from "node:child_process";
import { UserError } from "../errors";

export interface EngineRun {
  /** Absolute path of tofu or terraform. */
  readonly engine: string;
  readonly args: readonly string[];
  /** The working directory: a synthesized stack. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** What it writes is for its owner's eyes only. @default as this process was told */
  readonly private?: true;
}

export interface EngineResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the engine to its end, or to ours, and keeps what it prints. An engine that cannot be started is a UserError. */
export function runEngine({ engine, args, folder, env, private: isPrivate }: EngineRun): Promise<EngineResult> {
  return new Promise((resolve, reject) => {
    const previous = isPrivate === true ? process.umask(0o077) : undefined;
    const child = spawn(engine, args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
    if (previous !== undefined) process.umask(previous);
    // Ended with us, and before whoever removes its folder.
    const end = () => void child.kill();
    process.prependListener("exit", end);
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.on("error", (error) => {
      process.off("exit", end);
      reject(
        new UserError({
          code: "engine-not-run",
          what: `cannot run ${engine}: ${error.message}`,
          expected: "OpenTofu or Terraform",
        }),
      );
    });
    child.on("close", (code, signal) => {
      process.off("exit", end);
      resolve({
        exitCode: code ?? (signal === null ? 1 : 130),
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      });
    });
  });
}

/** The engine's own error or warning, as its JSON lines have it. */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  readonly summary: string;
  readonly detail: string;
  readonly address?: string;
}

/** The diagnostics among the lines of `plan -json` or `apply -json` (https://developer.hashicorp.com/terraform/internals/machine-readable-ui). */
export function diagnosticsIn(output: string): readonly Diagnostic[] {
  return output.split("\n").flatMap((line) => {
    const message = parseLine(line);
    if (message?.type !== "diagnostic" || message.diagnostic === undefined) return [];
    return [message.diagnostic];
  });
}

function parseLine(line: string): { type?: string; diagnostic?: Diagnostic } | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as { type?: string; diagnostic?: Diagnostic }; // the engine's documented format
  } catch {
    return undefined;
  }
}
