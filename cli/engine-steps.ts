import { chmodSync, existsSync } from "node:fs";
import { join } from "node:path";
import { resolveContracts } from "../lib/backend/resolve";
import { type Configuration, configurationFolder, loadConfiguration, type StackInstance } from "../lib/config/load";
import { selectStacks } from "../lib/config/select";
import { cleanDataFolder } from "../lib/engine/data-folder";
import { stackEnvironment } from "../lib/engine/environment";
import { stackFolder } from "../lib/engine/errored-state";
import { findEngine } from "../lib/engine/find";
import { engineFailed } from "../lib/engine/refusals";
import { runEngine, showEngine, type ShownRun } from "../lib/engine/run";
import { UsageError } from "../lib/errors";
import { refuseAfterSignal } from "../lib/signals";
import { missingKindsHint } from "../planning/preview/missing-kinds";
import { type PlanDocument, readPlan } from "../planning/preview/plan-document";
import { type Need, needText } from "../stacks/order";
import { synthesize } from "../stacks/synth";
import { checkCommand } from "./commands/check";
import { note, print, wantsColour } from "./terminal";

const planFile = "flywheel.plan";

/** A plan that was made and shown, in its folder, with what the engine sees and where it prints. */
export interface MadePlan extends Pick<ShownRun, "engine" | "folder" | "env" | "output"> {
  readonly configuration: Configuration;
  readonly stack: StackInstance;
  /** What each stack of the configuration needs of others, by its id. */
  readonly needs: ReadonlyMap<string, readonly Need[]>;
}

interface PlanOptions {
  /** What is shown goes to stderr: stdout is a script's. */
  readonly quiet: boolean;
  /** More for `plan`. @default nothing */
  readonly args?: readonly string[];
  /** Between the check and synth: what else would refuse the plan. */
  readonly afterCheck?: (configuration: Configuration, stack: StackInstance) => Promise<void>;
}

/** Checks, synthesizes, and makes the plan with the engine. @throws UserError where one of them refuses. */
export async function makePlan(id: string, { quiet, args = [], afterCheck }: PlanOptions): Promise<MadePlan> {
  const configuration = loadConfiguration(configurationFolder());
  const [stack] = selectStacks(configuration, [id]);
  if (stack === undefined) throw new UsageError({ code: "usage", what: "a stack is needed", expected: "its id" });
  const engine = findEngine();
  await checkCommand([id], {}, quiet ? note : print);
  await afterCheck?.(configuration, stack);
  const contracts = await resolveContracts(configuration, configuration.stacks, process.env);
  const needs = synthesize({
    configuration,
    stacks: configuration.stacks,
    contracts,
    folder: "cdktf.out",
    forDeploy: true,
  });
  for (const need of needs.get(id) ?? []) note(`${id} ${needText(need)}`);
  const folder = stackFolder(id);
  const env = stackEnvironment(id, process.env);
  const made: MadePlan = {
    engine,
    folder,
    env,
    output: quiet ? "to stderr" : "to stdout",
    configuration,
    stack,
    needs,
  };
  note(`running ${engine} in ${folder}`);
  cleanDataFolder(folder);
  await runStep(made, "init", "-reconfigure");
  await runStep(made, "plan", ...args, `-out=${planFile}`);
  // It holds what the engine holds, secrets included.
  const file = join(folder, planFile);
  if (existsSync(file)) chmodSync(file, 0o600);
  return made;
}

/** The plan as a document. It holds secrets in clear: it stays in this process. */
export async function documentOf({ engine, folder, env }: MadePlan): Promise<PlanDocument> {
  const { exitCode, stdout, stderr } = await runEngine({ engine, folder, env, args: ["show", "-json", planFile] });
  if (exitCode !== 0) throw engineFailed("show", exitCode, stderr.trim().split("\n")[0] ?? "");
  return readPlan(stdout, engine);
}

/** Applies exactly the plan that was shown. @throws UserError where the engine fails. */
export async function applyPlan(made: MadePlan): Promise<void> {
  refuseAfterSignal();
  await runStep(made, "apply", planFile);
}

/** Runs the engine before people. @throws UserError where it fails; it has told why. */
async function runStep(made: MadePlan, command: string, ...args: readonly string[]): Promise<void> {
  const { engine, folder, env, output, stack } = made;
  const colour = wantsColour(output === "to stdout" ? process.stdout : process.stderr) ? [] : ["-no-color"];
  let said = "";
  const exitCode = await showEngine({
    engine,
    folder,
    env,
    output,
    args: [command, "-input=false", ...colour, ...args],
    onStderr: (text) => (said += text),
  });
  if (exitCode !== 0)
    throw engineFailed(command, exitCode, undefined, missingKindsHint(stack.stack, stack.source.file, said));
}
