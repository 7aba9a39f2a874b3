import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { variablesOfFolder } from "../../lib/backend/block-variables";
import { outliveReaders, runChild } from "../../lib/child";
import { cleanDataFolder } from "../../lib/engine/data-folder";
import { refuseForeignVariables, stackEnvironment } from "../../lib/engine/environment";
import { erroredState, foreignFiles } from "../../lib/engine/errored-state";
import { findEngine } from "../../lib/engine/find";
import { erroredStateLeft, foreignFilesLeft } from "../../lib/engine/refusals";
import { showEngine } from "../../lib/engine/run";
import { UserError, refusal } from "../../lib/errors";
import { repositoryRoot } from "../../lib/root";
import { holdSignals, Interrupted } from "../../lib/signals";
import { readNeeds } from "../../stacks/needs-file";
import { note } from "../terminal";
import { type EngineArguments, readArguments } from "./arguments";
import { waitForOthers } from "./order";
import { RunMarks } from "./run-marks";
import { verdict } from "./verdict";

/**
 * bin/engine: the engine, with `flywheel check <id>` before every mutation, and with the secrets that are meant for this stack
 * alone. It guards where cdktf runs the engine, in cdktf.out/stacks/<id>, by `-chdir` too; elsewhere it is the engine and nothing else.
 */
async function guard(args: readonly string[]): Promise<number> {
  const engine = findEngine();
  const asked = readArguments(args, process.cwd());
  const stack = stackIn(asked.folder);
  if (stack === undefined) return run(engine, args, process.env);
  const decision = verdict(stack.id, asked);
  if (decision.kind === "refused") throw decision.problem;
  const env = {
    ...stackEnvironment(stack.id, process.env, stack.project),
    ...variablesOfFolder(asked.folder, process.env),
  };
  if (decision.kind === "pass") return run(engine, args, env);
  refuseForeignVariables(process.env);
  const left = erroredState(asked.folder);
  if (decision.kind !== "init" && left !== undefined) throw refusal(erroredStateLeft(stack.id, left));
  const foreign = foreignFiles(asked.folder);
  if (foreign.length > 0) throw refusal(foreignFilesLeft(stack.id, foreign));
  if (decision.kind === "init") {
    cleanDataFolder(asked.folder);
    marksOf(stack)?.initialized(stack.id);
  }
  const mutation = { stack, asked, engine, args, env };
  if (asked.command === "apply") return inOrder(stack, () => mutate(mutation));
  return decision.kind === "check" ? mutate(mutation) : run(engine, args, env);
}

interface Mutation {
  readonly stack: StackFolder;
  readonly asked: EngineArguments;
  readonly engine: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** The check comes last but for a look at the plan, so that nothing else is waited for between it and the engine. */
async function mutate({ stack, asked, engine, args, env }: Mutation): Promise<number> {
  if (await checkHolds(stack)) {
    if (asked.command !== "apply" && asked.command !== "destroy") return run(engine, args, env);
    const { id, project } = stack;
    const { heldAgainstOwnGround } = await import("./inside");
    const given = { id, project, folder: asked.folder, engine, args, env, tell: note };
    return run(engine, await heldAgainstOwnGround(given), env);
  }
  note(
    `${basename(engine)} ${args.find((arg) => !arg.startsWith("-")) ?? ""} was not run: flywheel check ${stack.id} failed`,
  );
  return 1;
}

/** An apply, after those of the same cdktf run that make what it needs; they can wait for it, too. */
async function inOrder(stack: StackFolder, apply: () => Promise<number>): Promise<number> {
  const marks = marksOf(stack);
  if (marks === undefined) return apply();
  marks.applying(stack.id);
  let exitCode = 1;
  try {
    await waitForOthers(stack.id, readNeeds(stack.output), marks, note);
    exitCode = await apply();
    return exitCode;
  } finally {
    marks.applied(stack.id, exitCode);
  }
}

/** Only in a run of cdktf: whoever types the engine's commands has an order of their own. */
function marksOf(stack: StackFolder): RunMarks | undefined {
  const isCdktf = process.env["TF_APPEND_USER_AGENT"]?.startsWith("cdktf/") === true;
  return isCdktf ? new RunMarks(stack.output, process.ppid) : undefined;
}

interface StackFolder {
  readonly id: string;
  /** cdktf's output: `cdktf.out`. */
  readonly output: string;
  /** The folder that cdktf was run in. */
  readonly project: string;
}

/** The stack whose synthesized folder this is, also by a link that leads there. */
function stackIn(named: string): StackFolder | undefined {
  const folder = existsSync(named) ? realpathSync(named) : named;
  const stacks = dirname(folder);
  return basename(stacks) === "stacks"
    ? { id: basename(folder), output: dirname(stacks), project: dirname(dirname(stacks)) }
    : undefined;
}

async function checkHolds({ id, project }: StackFolder): Promise<boolean> {
  const config = process.env["FLYWHEEL_CONFIG_DIR"] || "config";
  const { exitCode } = await runChild({
    program: process.execPath,
    args: [join(repositoryRoot, "bin", "flywheel"), "check", "--not-held-off", id],
    folder: project,
    env: { ...process.env, FLYWHEEL_CONFIG_DIR: isAbsolute(config) ? config : resolve(project, config) },
    // Its lines are for people; stdout belongs to whoever reads the engine.
    stdout: "to stderr",
    stderr: "to stderr",
  });
  return exitCode === 0;
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
    note(known ? error.message : String(error));
    process.exit(error instanceof Interrupted ? error.exitCode : 1);
  },
);
