import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { repositoryRoot } from "../../lib/root";

/** A process of its own that runs `script`, in which `load` loads a file of this repository. */
export function startChild(script: string, env: NodeJS.ProcessEnv = {}): ChildProcess {
  const load = 'const { load } = require("./bin/load.cjs");';
  return spawn(process.execPath, ["-e", `${load}${script}`], {
    cwd: repositoryRoot,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
}

/** Waits until a file holds this text. */
export async function untilFileSays(file: string, text: string): Promise<void> {
  while (!existsSync(file) || !readFileSync(file, "utf8").includes(text)) await sleep(20);
}

/** Ends a process as the kernel does when memory is short, and waits until it is gone. */
export async function killHard(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}
