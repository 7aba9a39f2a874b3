import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { outliveReaders, runChild } from "../lib/child";
import { refuseForeignVariables, stackEnvironment } from "../lib/engine/environment";
import { cleanDataFolder } from "../lib/engine/data-folder";
import { findEngine } from "../lib/engine/find";
import { showEngine } from "../lib/engine/run";
import { UserError } from "../lib/errors";
import { repositoryRoot } from "../lib/root";
import { holdSignals, Interrupted } from "../lib/signals";

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
  refuseForeignVariables(process.env);
  const env = stackEnvironment(stack.id, process.env, stack.project);
  const command = args.find((arg) => !arg.startsWith("-"));
  if (command !== undefined && mutations.includes(command) && !args.includes("-help")) {
    const config = process.env["FLYWHEEL_CONFIG_DIR"] || "config";
    const { exitCode } = await runChild({
      program: process.execPath,
      args: [join(repositoryRoot, "bin", "flywheel"), "check", stack.id],
      folder: stack.project,
      env: { ...process.env, FLYWHEEL_CONFIG_DIR: isAbsolute(config) ? config : resolve(stack.project, config) },
      // Its lines are for people; stdout belongs to whoever reads the engine.
      stdout: "to stderr",
      stderr: "to stderr",
    });
    if (exitCode !== 0) {
      process.stderr.write(`${basename(engine)} ${command} was not run: flywheel check ${stack.id} failed\n`);
      return 1;
    }
  }
  if (command === "init") cleanDataFolder(process.cwd());
  return run(engine, args, env);
}

/** The stack whose synthesized folder this is, and the folder that cdktf was run in. */
function stackHere(folder: string): { id: string; project: string } | undefined {
  const stacks = dirname(folder);
  return basename(stacks) === "stacks" ? { id: basename(folder), project: dirname(dirname(stacks)) } : undefined;
}

/** Runs the engine on this terminal: it may ask there. */
function run(engine: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return showEngine({ engine, args, folder: process.cwd(), env, output: "to stdout", asks: true });
}

outliveReaders();
holdSignals();
guard(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    const known = error instanceof UserError || error instanceof Interrupted;
    process.stderr.write(`${known ? error.message : String(error)}\n`);
    process.exit(error instanceof Interrupted ? error.exitCode : 1);
  },
);
