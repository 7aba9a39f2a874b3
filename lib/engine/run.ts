import { type ChildResult, runChild } from "../child";

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

export type EngineResult = ChildResult;

/**
 * Runs the engine to its end and keeps what it prints.
 * @throws Interrupted after a signal, when the engine has ended. UserError where it cannot be started.
 */
export function runEngine({ engine, args, folder, env, private: isPrivate }: EngineRun): Promise<EngineResult> {
  return runChild({ program: engine, args, folder, env, private: isPrivate === true });
}

/** An engine run that people look at. */
export interface ShownRun extends Omit<EngineRun, "private"> {
  /** Where what it prints goes; its errors go to stderr in any case. */
  readonly output: "to stdout" | "to stderr";
  /** Whether it may ask on the terminal. @default no */
  readonly asks?: true;
  /** Gets what it writes on stderr as well, where its errors are. */
  readonly onStderr?: (text: string) => void;
}

/**
 * Runs the engine before people, and returns its exit code. What it writes to files is for its owner's eyes only.
 * @throws as runEngine.
 */
export async function showEngine({ engine, args, folder, env, output, asks, onStderr }: ShownRun): Promise<number> {
  const { exitCode } = await runChild({
    program: engine,
    args,
    folder,
    env,
    private: true,
    stdout: output,
    stderr: "to stderr",
    ...(asks === true ? { stdin: "ours" } : {}),
    ...(onStderr === undefined ? {} : { onStderr }),
  });
  return exitCode;
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
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the engines' documented format
    return JSON.parse(line) as { type?: string; diagnostic?: Diagnostic };
  } catch {
    return undefined;
  }
}
