import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type LedgerEntry } from "../../lib/config/ledger";
import { repositoryRoot } from "../../lib/root";
import { type Ending, type Order } from "./order";

/** A line of lab/faults/child.ts. */
type Line = { readonly entry: LedgerEntry } | { readonly ending: Ending };

/** An order that a process of its own carries out. */
export interface Process {
  /** How it ended; undefined where it was killed. */
  readonly ended: Promise<Ending | undefined>;
  /** SIGKILL. Resolves when the process is gone and all that it said was heard. */
  kill(): Promise<void>;
}

/** Starts the shipped code in a process of its own. `record` hears what it writes into its clone's ledger: a killed process leaves it. */
export function startProcess(
  order: Order,
  environment: NodeJS.ProcessEnv,
  record: (entry: LedgerEntry) => void,
): Process {
  const child = spawn(process.execPath, [join(repositoryRoot, "bin", "faults-child.cjs")], {
    cwd: repositoryRoot,
    env: { PATH: process.env["PATH"], ...environment },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let ending: Ending | undefined;
  let complaint = "";
  createInterface({ input: child.stdout }).on("line", (text) => {
    const line = JSON.parse(text) as Line;
    if ("entry" in line) record(line.entry);
    else ending = line.ending;
  });
  child.stderr.on("data", (chunk) => (complaint += String(chunk)));
  // It may be killed before it has read its order.
  child.stdin.on("error", () => undefined);
  child.stdin.end(JSON.stringify(order));
  const closed = once(child, "close");
  const ended = closed.then(() =>
    child.signalCode === "SIGKILL"
      ? undefined
      : (ending ?? { unexpected: `the process ended with ${String(child.exitCode)}: ${complaint}` }),
  );
  return {
    ended,
    async kill() {
      child.kill("SIGKILL");
      await closed;
    },
  };
}
