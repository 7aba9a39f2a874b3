import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type StateContract } from "../../lib/backend/contract";
import { resolveContracts } from "../../lib/backend/resolve";
import { type Configuration, everyStack, type StackInstance } from "../../lib/config/load";
import { cleanDataFolder } from "../../lib/engine/data-folder";
import { stackEnvironment } from "../../lib/engine/environment";
import { stackFolder } from "../../lib/engine/errored-state";
import { placeProviderLock } from "../../lib/engine/provider-lock";
import { engineFailed } from "../../lib/engine/refusals";
import { engineVersion } from "../../lib/engine/version";
import { writeFileAtomically } from "../../lib/files";
import { runEngine, showEngine, type ShownRun } from "../../lib/engine/run";
import { holdSignals } from "../../lib/signals";
import { type Needs, needText } from "../../stacks/order";
import { refuseOtherBackend } from "../folder/prepare";
import { prepareRun } from "../folder/run";
import { missingKindsHint } from "../preview/missing-kinds";
import { type PlanDocument } from "../preview/plan-document";
import { showPlan, type ShownPlan } from "../preview/show-plan";
import { kubeconfigFile, placeKubeconfig } from "./kubeconfig";

/** The engine's plan, in the folder of its run. */
export const planFile = "flywheel.plan";
/** The engine's word for a plan that destroys all of a stack. */
export const destroyArgs: readonly string[] = ["-destroy"];
const planAgain = "flywheel.again.plan";
export const lockFile = ".terraform.lock.hcl";

/** An engine in its folder, with what it sees and where it prints. */
export interface Runner extends Pick<ShownRun, "engine" | "folder" | "env" | "output"> {
  /** Whether who looks at it wants colour. */
  readonly colour: boolean;
  /** Whose it is, for what the engine's refusals mean. */
  readonly stack: StackInstance;
  /** Where its state is: what a folder of HCL is held to. */
  readonly contract: StateContract;
  /** More for every `init` and every `plan`. */
  readonly initArguments: readonly string[];
  readonly planArguments: readonly string[];
}

/** One stack, synthesized in its folder for a run of the engine on its live state. */
export interface Session {
  readonly configuration: Configuration;
  readonly stack: StackInstance;
  readonly contract: StateContract;
  readonly runner: Runner;
  /** What the engine is given: `cdk.tf.json`; of a folder of HCL what is written beside it. */
  readonly synthesized: Buffer;
  /** What each stack of the configuration needs of others, by its id. */
  readonly needs: Needs;
}

export interface SessionOptions {
  readonly configuration: Configuration;
  readonly stack: StackInstance;
  readonly engine: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly output: ShownRun["output"];
  readonly colour: boolean;
  /** Told what happens, line by line. */
  readonly tell: (line: string) => void;
  /** Told when the folder is ready, before the engine runs. */
  readonly opened?: (session: Session) => Promise<void>;
}

/** What an engine run leaves in the folder that holds what the engine holds, secrets included. */
const secretFiles = [planFile, planAgain, kubeconfigFile];

/**
 * Runs work on a stack that is synthesized into its folder. What holds secrets there is for its owner's eyes only, and is gone afterwards,
 * also after a signal; `keepPlan` leaves the plan. What an engine saved because it could not save it elsewhere stays.
 */
export async function withSession<T>(
  options: SessionOptions,
  work: (session: Session) => Promise<T>,
  keepPlan = false,
): Promise<T> {
  const { stack } = options;
  const folder = stackFolder(stack);
  const remove = () => {
    for (const file of secretFiles) if (!keepPlan || file !== planFile) rmSync(join(folder, file), { force: true });
  };
  process.on("exit", remove);
  const release = holdSignals();
  try {
    const session = await open(options);
    await options.opened?.(session);
    return await work(session);
  } finally {
    remove();
    process.off("exit", remove);
    release();
  }
}

async function open(options: SessionOptions): Promise<Session> {
  const { configuration, stack, environment, engine, output, colour, tell } = options;
  const contracts = await resolveContracts(configuration, everyStack(configuration), environment);
  const contract = contracts.get(stack.id);
  if (contract === undefined) throw new Error(`${stack.id} has neither a place nor a problem`);
  const {
    folder,
    written,
    env: needed,
    needs,
    initArguments,
    planArguments,
  } = prepareRun(configuration, stack, contracts, environment);
  for (const need of needs.get(stack.id) ?? []) tell(`${stack.id} ${needText(need)}`);
  const env = {
    ...stackEnvironment(stack.id, environment),
    ...needed,
    // HCL of its own names its cluster in its own way.
    ...(stack.folder === undefined ? placeKubeconfig(folder, stack.cluster, environment) : {}),
  };
  return {
    configuration,
    stack,
    contract,
    runner: { engine, folder, env, output, colour, stack, contract, initArguments, planArguments },
    synthesized: written,
    needs,
  };
}

/**
 * Begins anew in the folder. Where `locked` is given, or the program has a committed lock of the stack's providers, exactly those are
 * installed. @throws UserError where the committed lock lacks one.
 */
export async function initialize(runner: Runner, locked?: Buffer): Promise<void> {
  const { engine, folder, env, stack, contract, initArguments } = runner;
  cleanDataFolder(folder);
  if (stack.folder !== undefined) {
    await show(runner, "init", "-reconfigure", ...initArguments);
    return refuseOtherBackend(stack, contract, folder);
  }
  const { name } = await engineVersion(engine, folder, env);
  const args =
    locked === undefined ? placeProviderLock({ stack: stack.stack, folder, engine: name }) : ["-lockfile=readonly"];
  if (locked !== undefined) writeFileAtomically(join(folder, lockFile), locked);
  await show(runner, "init", "-reconfigure", ...args);
}

/** A plan that nobody is shown, beside the one in the folder. @throws UserError with what the engine said of its error. */
export async function planQuietly(runner: Runner, ...args: readonly string[]): Promise<PlanDocument> {
  const { engine, folder, env, planArguments } = runner;
  const { exitCode, stderr } = await runEngine({
    engine,
    folder,
    env,
    args: ["plan", "-input=false", "-no-color", ...planArguments, ...args, `-out=${planAgain}`],
    private: true,
  });
  if (exitCode !== 0) throw engineFailed("plan", exitCode, stderr.trim());
  return (await showPlan(runner, planAgain)).document;
}

/** Runs the engine before people. @throws UserError where it fails; it has told why. */
export async function show(
  { engine, folder, env, output, colour, stack, planArguments }: Runner,
  command: string,
  ...args: readonly string[]
): Promise<void> {
  let said = "";
  const exitCode = await showEngine({
    engine,
    folder,
    env,
    output,
    args: [
      command,
      ...(command === "show" ? [] : ["-input=false"]),
      ...(colour ? [] : ["-no-color"]),
      ...(command === "plan" ? planArguments : []),
      ...args,
    ],
    onStderr: (text) => (said += text),
  });
  if (exitCode !== 0)
    throw engineFailed(command, exitCode, undefined, missingKindsHint(stack.stack, stack.source.file, said));
}

/** The plan in the folder of a run. @throws UserError as showPlan. */
export function documentOf(runner: Runner): Promise<ShownPlan> {
  return showPlan(runner, planFile);
}

/** A file of the run's folder; undefined where it is not there. */
export function fileIn({ folder }: Runner, name: string): Buffer | undefined {
  const file = join(folder, name);
  return existsSync(file) ? readFileSync(file) : undefined;
}
