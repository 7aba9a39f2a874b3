import { existsSync, rmSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { type Configuration, loadConfiguration, type StackInstance } from "../../lib/config/load";
import { selectStacks } from "../../lib/config/select";
import { engineFailed } from "../../lib/engine/refusals";
import { runEngine, showEngine } from "../../lib/engine/run";
import { lookFromInside, standsOnAnything } from "../../planning/bundle/gates";
import { showPlan } from "../../planning/preview/show-plan";

/** The plan that is looked at where the engine was told of none, in the stack's folder. */
const ownPlan = "flywheel.inside.plan";

/** Options of `apply` that go with a saved plan; all others decide what is planned. */
const ofApply = [
  "-no-color",
  "-parallelism",
  "-lock-timeout",
  "-input",
  "-compact-warnings",
  "-json",
  "-show-sensitive",
];

export interface GuardedApply {
  readonly id: string;
  /** The folder that cdktf was run in: a relative FLYWHEEL_CONFIG_DIR is relative to it. */
  readonly project: string;
  /** The stack's synthesized folder. */
  readonly folder: string;
  readonly engine: string;
  /** The whole command line of an `apply` or a `destroy`. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly tell: (line: string) => void;
}

/**
 * Holds what an engine is about to apply against what the state, or this very job, stands on, where there is any of it: the saved plan, or one
 * that is made for it. Returns the command line to go on with: with `-auto-approve` that of exactly the plan that was looked at.
 * @throws UserError `stands-on`; where the engine makes no plan.
 */
export async function heldAgainstOwnGround(run: GuardedApply): Promise<readonly string[]> {
  const { args, folder, tell } = run;
  const found = configured(run);
  const options = { ...found, environment: process.env, tell };
  if (!standsOnAnything(options)) return args;
  const at = args.findIndex((arg) => !arg.startsWith("-"));
  const [command, rest] = [args[at] ?? "", args.slice(at + 1)];
  const saved = savedPlan(rest, folder);
  if (saved !== undefined) {
    lookFromInside(options, (await showPlan(run, saved)).document);
    return args;
  }
  const isApproved = rest.some((arg) => /^--?auto-approve(=|$)/.test(arg));
  const planning = rest.filter((arg) => !/^--?auto-approve(=|$)/.test(arg));
  try {
    await makePlan(run, [...(command === "destroy" ? ["-destroy"] : []), ...planning], isApproved);
    lookFromInside(options, (await showPlan(run, ownPlan)).document);
  } catch (error) {
    rmSync(join(folder, ownPlan), { force: true });
    throw error;
  }
  if (!isApproved) {
    // The engine plans again and asks: the operator answers to that plan.
    rmSync(join(folder, ownPlan), { force: true });
    return args;
  }
  process.on("exit", () => rmSync(join(folder, ownPlan), { force: true }));
  const kept = planning.filter((arg) => ofApply.includes(arg.replace(/^--/, "-").replace(/=.*$/s, "")));
  return [...args.slice(0, at), "apply", ...kept, ownPlan];
}

function configured({ id, project }: GuardedApply): { configuration: Configuration; stack: StackInstance } {
  const folder = process.env["FLYWHEEL_CONFIG_DIR"] || "config";
  const configuration = loadConfiguration(isAbsolute(folder) ? folder : resolve(project, folder));
  const [stack] = selectStacks(configuration, [id]);
  if (stack === undefined) throw new Error(`${id} is selected, and is not there`);
  return { configuration, stack };
}

/** An option may have its value in a word of its own: a plan is what is there as a file, and stands last. */
function savedPlan(rest: readonly string[], folder: string): string | undefined {
  const last = rest.at(-1);
  return last !== undefined && !last.startsWith("-") && existsSync(resolve(folder, last)) ? last : undefined;
}

async function makePlan({ engine, folder, env }: GuardedApply, args: readonly string[], isShown: boolean) {
  const plan = ["plan", ...args, `-out=${ownPlan}`];
  const run = { engine, folder, env, args: plan };
  if (isShown) {
    const exitCode = await showEngine({ ...run, output: "to stdout", asks: true });
    if (exitCode !== 0) throw engineFailed("plan", exitCode);
    return;
  }
  const { exitCode, stderr } = await runEngine({ ...run, private: true });
  if (exitCode !== 0) throw engineFailed("plan", exitCode, stderr.trim());
}
