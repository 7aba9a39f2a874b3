import { chmodSync, existsSync } from "node:fs";
import { basename, join } from "node:path";
import { isToBeVerified, verifyCluster } from "../authority/cluster/verify";
import { variablesOfFolder } from "../lib/backend/block-variables";
import { type StateContract } from "../lib/backend/contract";
import { resolveContracts } from "../lib/backend/resolve";
import { type Configuration, configurationFolder, loadConfiguration, type StackInstance } from "../lib/config/load";
import { selectStacks } from "../lib/config/select";
import { cleanDataFolder } from "../lib/engine/data-folder";
import { isReplay, stackEnvironment } from "../lib/engine/environment";
import { stackFolder } from "../lib/engine/errored-state";
import { findEngine } from "../lib/engine/find";
import { engineFailed } from "../lib/engine/refusals";
import { runEngine, showEngine, type ShownRun } from "../lib/engine/run";
import { UsageError } from "../lib/errors";
import { refuseAfterSignal } from "../lib/signals";
import { missingKindsHint } from "../planning/preview/missing-kinds";
import { type PlanDocument, readPlan } from "../planning/preview/plan-document";
import { type PlannedOn, plannedOnWhere } from "../planning/preview/prior-state";
import { type Needs, needText } from "../stacks/order";
import { synthesize } from "../stacks/synth";
import { checkCommand } from "./commands/check";
import { refuseMissingSecrets } from "./commands/secrets";
import { livePlannedOn } from "./live-states";
import { note, paint, print, wantsColour } from "./terminal";

const planFile = "flywheel.plan";

/** A plan that was made and shown, in its folder, with what the engine sees and where it prints. */
export interface MadePlan extends Pick<ShownRun, "engine" | "folder" | "env" | "output"> {
  readonly configuration: Configuration;
  readonly stack: StackInstance;
  /** What each stack of the configuration needs of others, by its id. */
  readonly needs: Needs;
  /** The state that it was made on; absent where there is none yet. */
  readonly on?: PlannedOn;
}

interface PlanOptions {
  /** What is shown goes to stderr: stdout is a script's. What the check says goes there in any case, as progress. */
  readonly quiet: boolean;
  /** Takes no lock and writes nothing. @default no */
  readonly readOnly?: boolean;
  /** More for `plan`. @default nothing */
  readonly args?: readonly string[];
  /** Between the check and synth: what else would refuse the plan. */
  readonly afterCheck?: (configuration: Configuration, stack: StackInstance) => Promise<void>;
}

/** Checks, synthesizes, and makes the plan with the engine. @throws UserError where one of them refuses. */
export async function makePlan(id: string, options: PlanOptions): Promise<MadePlan> {
  const { quiet, readOnly = false, args = [], afterCheck } = options;
  const configuration = loadConfiguration(configurationFolder());
  const [stack] = selectStacks(configuration, [id]);
  if (stack === undefined) throw new UsageError({ code: "usage", what: "a stack is needed", expected: "its id" });
  const engine = findEngine();
  refuseMissingSecrets(stack, process.env);
  await checkCommand([id], readOnly ? { readOnly } : {}, note);
  await afterCheck?.(configuration, stack);
  const contracts = await resolveContracts(configuration, configuration.stacks, process.env);
  const needs = synthesize({
    configuration,
    stacks: configuration.stacks,
    contracts,
    folder: "cdktf.out",
    forDeploy: true,
  });
  const contract = contracts.get(id);
  const on = contract === undefined ? undefined : await livePlannedOn(configuration, stack, contract);
  const tell = quiet ? note : print;
  tell(headline(id, engine, on));
  for (const need of needs.get(id) ?? []) tell(`  ${needText(need)}`);
  const folder = stackFolder(id);
  const env = { ...stackEnvironment(id, process.env), ...variablesOfFolder(folder) };
  const made: MadePlan = {
    engine,
    folder,
    env,
    output: quiet ? "to stderr" : "to stdout",
    configuration,
    stack,
    needs,
    ...(on === undefined ? {} : { on }),
  };
  note(`running ${engine} in ${folder}`);
  cleanDataFolder(folder);
  await runStep(made, "init", "-reconfigure");
  await runStep(made, "plan", ...(readOnly ? ["-lock=false"] : []), ...args, `-out=${planFile}`);
  // It holds what the engine holds, secrets included.
  const file = join(folder, planFile);
  if (existsSync(file)) chmodSync(file, 0o600);
  return made;
}

/** What is said before a plan: of what, with which providers, by which engine, on which state. */
export async function planHeadline(options: {
  readonly configuration: Configuration;
  readonly stack: StackInstance;
  readonly contract: StateContract;
  readonly engine: string;
}): Promise<string> {
  const { configuration, stack, contract, engine } = options;
  return headline(stack.id, engine, await livePlannedOn(configuration, stack, contract));
}

function headline(id: string, engine: string, on: PlannedOn | undefined): string {
  const providers = isReplay(process.env) ? "by replay" : "by the real providers";
  return `${paint("bold", id)}: ${providers}, planned by ${basename(engine)}, ${plannedOnWhere(on)}`;
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
  // Somebody took the time to read the plan: the context may reach another cluster by now.
  const { cluster } = made.stack;
  if (isToBeVerified(cluster, made.env))
    await verifyCluster(cluster, made.configuration.organization.source.file, made.env);
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
