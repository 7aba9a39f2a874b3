import { spawn } from "node:child_process";
import { join } from "node:path";
import { repositoryRoot } from "../../lib/root";

/** What is done to a command once it has printed something: typed, sent to its process alone, or its terminal closed. */
export type Deed = `type:${string}` | `signal:SIG${string}` | "hang-up";

interface TerminalRun {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly at: RegExp;
  readonly deed: Deed;
}

/** Runs a command on a real pseudo-terminal. `code` is minus the signal's number where a signal ended it. */
export function onTerminal({ command, cwd, env, at, deed }: TerminalRun): Promise<{ code: number; said: string }> {
  const helper = join(repositoryRoot, "__tests__", "support", "terminal.py");
  const child = spawn("python3", [helper, at.source, deed, ...command], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk) => (output += String(chunk)));
  return new Promise((resolve) =>
    child.once("close", () => {
      const lines = output.trimEnd().split("\n");
      resolve({ code: Number(lines.at(-1)), said: lines.slice(0, -1).join("\n") });
    }),
  );
}
