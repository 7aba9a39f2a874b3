import { spawn, spawnSync } from "node:child_process";
import { constants } from "node:os";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { stackEnvironment } from "../lib/engine/environment";
import { findEngine } from "../lib/engine/find";
import { UserError } from "../lib/errors";
import { repositoryRoot } from "../lib/root";

/** What changes a cluster or a state. Everything else goes through unseen. */
const mutations = ["apply", "destroy", "import", "taint", "untaint", "refresh"];

/**
 * bin/engine: the engine, with `flywheel check <id>` before every mutation, and with the secrets that are meant for this stack
 * alone. It runs where cdktf runs the engine, in cdktf.out/stacks/<id>; elsewhere it is the engine and nothing else.
 */
async function guard(args: readonly string[]): Promise<number> {
  const engine = findEngine();
  const stack = stackHere(process.cwd());
  if (stack === undefined) return run(engine, args, process.env);
  const env = stackEnvironment(stack.id, process.env);
  const command = args.find((arg) => !arg.startsWith("-"));
  if (command !== undefined && mutations.includes(command) && !args.includes("-help")) {
    const config = process.env["FLYWHEEL_CONFIG_DIR"] || "config";
    const checked = spawnSync(process.execPath, [join(repositoryRoot, "bin", "flywheel"), "check", stack.id], {
      cwd: stack.project,
      env: { ...env, FLYWHEEL_CONFIG_DIR: isAbsolute(config) ? config : resolve(stack.project, config) },
      stdio: ["ignore", "pipe", "inherit"],
    });
    // Its lines are for people; stdout belongs to whoever reads the engine.
    process.stderr.write(checked.stdout);
    if (checked.status !== 0) {
      process.stderr.write(`${basename(engine)} ${command} was not run: flywheel check ${stack.id} failed\n`);
      return 1;
    }
  }
  return run(engine, args, env);
}

/** The stack whose synthesized folder this is, and the folder that cdktf was run in. */
function stackHere(folder: string): { id: string; project: string } | undefined {
  const stacks = dirname(folder);
  return basename(stacks) === "stacks" ? { id: basename(folder), project: dirname(dirname(stacks)) } : undefined;
}

/** Runs the engine on this terminal; signals are passed on, and its exit code is ours. */
function run(engine: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(engine, args, { env, stdio: "inherit" });
    // A terminal interrupts the engine itself; we only outlive it.
    const outlive = () => undefined;
    const pass = () => void child.kill("SIGTERM");
    process.on("SIGINT", outlive).on("SIGTERM", pass);
    child.on("error", reject);
    child.on("exit", (code, signal) => resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal]));
  });
}

guard(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof UserError ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
