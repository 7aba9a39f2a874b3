import { chmodSync, existsSync } from "node:fs";
import { join } from "node:path";
import { variablesOfFolder } from "../../lib/backend/block-variables";
import { resolveContracts } from "../../lib/backend/resolve";
import { configurationFolder, loadConfiguration } from "../../lib/config/load";
import { selectStacks } from "../../lib/config/select";
import { stackEnvironment } from "../../lib/engine/environment";
import { cleanDataFolder } from "../../lib/engine/data-folder";
import { stackFolder } from "../../lib/engine/errored-state";
import { findEngine } from "../../lib/engine/find";
import { engineFailed } from "../../lib/engine/refusals";
import { runEngine, showEngine, type ShownRun } from "../../lib/engine/run";
import { UsageError, UserError } from "../../lib/errors";
import { needText } from "../../stacks/order";
import { synthesize } from "../../stacks/synth";
import { plannedActions, summarize } from "../../planning/preview/actions";
import { driftedAddresses } from "../../planning/preview/drift";
import { readPlan } from "../../planning/preview/plan-document";
import { ask } from "../ask";
import { note, print, printJson, wantsColour } from "../terminal";
import { checkCommand } from "./check";
import { refuseMissingSecrets } from "./secrets";

const planFile = "flywheel.plan";

/** `flywheel plan`: check, then the engine's own plan on the synthesized stack. With `--json` what it does, without any value. */
export async function planCommand(
  id: string,
  options: { readonly json?: true; readonly readOnly?: true },
): Promise<void> {
  const planned = await makePlan(id, options.json === true, options.readOnly === true);
  if (options.json !== true) return;
  // It holds secrets in clear: it stays in this process, and only addresses leave it.
  const { exitCode, stdout, stderr } = await runEngine({
    engine: planned.engine,
    folder: planned.folder,
    env: planned.env,
    args: ["show", "-json", planFile],
  });
  if (exitCode !== 0) throw engineFailed("show", exitCode, stderr.trim().split("\n")[0] ?? "");
  const document = readPlan(stdout, planned.engine);
  const actions = plannedActions(document);
  printJson({
    ok: true,
    id,
    summary: summarize(actions),
    actions: actions
      .filter(({ action }) => action !== "none")
      .map(({ address, action, previousAddress }) => ({
        address,
        action,
        ...(previousAddress === undefined ? {} : { previous_address: previousAddress }),
      })),
    drift: driftedAddresses(document),
  });
}

/** `flywheel apply`: check, plan, show, ask, and apply exactly the plan that was shown. */
export async function applyCommand(id: string, options: { readonly autoApprove?: true }): Promise<void> {
  if (options.autoApprove !== true && !process.stdin.isTTY) {
    throw new UsageError({
      code: "usage",
      what: "there is nobody to ask here",
      expected: "a terminal, or --auto-approve",
    });
  }
  const planned = await makePlan(id, false);
  if (options.autoApprove !== true && (await ask(`Apply this plan to ${id}? Only "yes" does: `)) !== "yes")
    throw new UserError({ code: "not-applied", what: `${id} was not applied`, expected: "yes" });
  await run(planned, "apply", planFile);
}

/** An engine in its folder, with what it sees and where it prints. */
type Runner = Pick<ShownRun, "engine" | "folder" | "env" | "output">;

/** Makes the plan. On request what is shown goes to stderr: stdout is a script's. */
async function makePlan(id: string, quiet: boolean, readOnly = false): Promise<Runner> {
  const configuration = loadConfiguration(configurationFolder());
  const [stack] = selectStacks(configuration, [id]);
  if (stack === undefined) throw new UsageError({ code: "usage", what: "a stack is needed", expected: "its id" });
  const engine = findEngine();
  refuseMissingSecrets(stack, process.env);
  await checkCommand([id], readOnly ? { readOnly } : {}, quiet ? note : print);
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
  const runner: Runner = {
    engine,
    folder,
    env: { ...stackEnvironment(id, process.env), ...variablesOfFolder(folder) },
    output: quiet ? "to stderr" : "to stdout",
  };
  note(`running ${engine} in ${folder}`);
  cleanDataFolder(folder);
  await run(runner, "init", "-reconfigure");
  await run(runner, "plan", ...(readOnly ? ["-lock=false"] : []), `-out=${planFile}`);
  // It holds what the engine holds, secrets included.
  const file = join(folder, planFile);
  if (existsSync(file)) chmodSync(file, 0o600);
  return runner;
}

/** Runs the engine before people. @throws UserError where it fails; it has told why. */
async function run(
  { engine, folder, env, output }: Runner,
  command: string,
  ...args: readonly string[]
): Promise<void> {
  const colour = wantsColour(output === "to stdout" ? process.stdout : process.stderr) ? [] : ["-no-color"];
  const exitCode = await showEngine({
    engine,
    folder,
    env,
    output,
    args: [command, "-input=false", ...colour, ...args],
  });
  if (exitCode !== 0) throw engineFailed(command, exitCode);
}
