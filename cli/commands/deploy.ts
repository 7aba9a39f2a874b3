import { createInterface } from "node:readline/promises";
import { chmodSync, existsSync } from "node:fs";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { resolveContracts } from "../../lib/backend/resolve";
import { configurationFolder, loadConfiguration } from "../../lib/config/load";
import { selectStacks } from "../../lib/config/select";
import { stackEnvironment } from "../../lib/engine/environment";
import { findEngine } from "../../lib/engine/find";
import { runEngine } from "../../lib/engine/run";
import { UsageError, UserError } from "../../lib/errors";
import { synthesize } from "../../stacks/synth";
import { type PlanDocument, plannedActions, summarize } from "../../planning/preview/plan-document";
import { note, print, printJson, wantsColour } from "../terminal";
import { checkCommand } from "./check";

const planFile = "flywheel.plan";

/** `flywheel plan`: check, then the engine's own plan on the synthesized stack. With `--json` what it does, without any value. */
export async function planCommand(id: string, options: { readonly json?: true }): Promise<void> {
  const planned = await makePlan(id, options.json === true);
  if (options.json !== true) return;
  // It holds secrets in clear: it stays in this process, and only addresses leave it.
  const { exitCode, stdout, stderr } = await runEngine({
    engine: planned.engine,
    folder: planned.folder,
    env: planned.env,
    args: ["show", "-json", planFile],
  });
  if (exitCode !== 0)
    throw new UserError({
      code: "engine-failed",
      what: `show ended with exit code ${exitCode}: ${stderr.trim().split("\n")[0] ?? ""}`,
      expected: "0",
    });
  const document = JSON.parse(stdout) as PlanDocument; // the engine's documented format
  const actions = plannedActions(document);
  const drifted = (document.resource_drift ?? []).filter(
    ({ mode, change }) => mode === "managed" && change.actions.some((action) => action !== "no-op"),
  );
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
    drift: drifted.map(({ address }) => address).sort(),
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
  const { engine, folder, env } = await makePlan(id, false);
  if (options.autoApprove !== true && !(await confirmed(id)))
    throw new UserError({ code: "not-applied", what: `${id} was not applied`, expected: "yes" });
  await run(engine, ["apply", "-input=false", planFile], folder, env);
}

interface Planned {
  readonly engine: string;
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Makes the plan. On request what is shown goes to stderr: stdout is a script's. */
async function makePlan(id: string, quiet: boolean): Promise<Planned> {
  const configuration = loadConfiguration(configurationFolder());
  const [stack] = selectStacks(configuration, [id]);
  if (stack === undefined) throw new UsageError({ code: "usage", what: "a stack is needed", expected: "its id" });
  const engine = findEngine();
  await checkCommand([id], {}, quiet ? note : print);
  const contracts = await resolveContracts(configuration, configuration.stacks, process.env);
  synthesize({ configuration, stacks: configuration.stacks, contracts, folder: "cdktf.out" });
  const folder = join("cdktf.out", "stacks", id);
  const env = stackEnvironment(id, process.env);
  note(`running ${engine} in ${folder}`);
  await run(engine, ["init", "-input=false", "-reconfigure"], folder, env, quiet);
  await run(engine, ["plan", "-input=false", `-out=${planFile}`], folder, env, quiet);
  // It holds what the engine holds, secrets included.
  const file = join(folder, planFile);
  if (existsSync(file)) chmodSync(file, 0o600);
  return { engine, folder, env };
}

async function confirmed(id: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question(`Apply this plan to ${id}? Only "yes" does: `)) === "yes";
  } finally {
    terminal.close();
  }
}

/** Runs the engine on this terminal. @throws UserError where it fails; it has told why. */
function run(
  engine: string,
  args: readonly string[],
  folder: string,
  env: NodeJS.ProcessEnv,
  quiet = false,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const previous = process.umask(0o077);
    const [command = "", ...rest] = args;
    const child = spawn(
      engine,
      [command, ...(wantsColour(quiet ? process.stderr : process.stdout) ? [] : ["-no-color"]), ...rest],
      { cwd: folder, env, stdio: ["inherit", quiet ? 2 : "inherit", "inherit"] },
    );
    process.umask(previous);
    const outlive = () => undefined;
    process.on("SIGINT", outlive);
    child.on("error", reject);
    child.on("exit", (code) => {
      process.off("SIGINT", outlive);
      if (code === 0) resolve();
      else
        reject(
          new UserError({
            code: "engine-failed",
            what: `${args[0] ?? ""} ended with exit code ${code ?? "unknown"}`,
            expected: "0; what the engine said stands above",
          }),
        );
    });
  });
}
