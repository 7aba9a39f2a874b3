import { copyFileSync, existsSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type Configuration, type ProgramInstance } from "../../lib/config/load";
import { privateEnvironment, secretsWithoutValue } from "../../lib/engine/environment";
import { findEngine } from "../../lib/engine/find";
import { diagnosticsIn, type EngineResult, runEngine } from "../../lib/engine/run";
import { type UserError } from "../../lib/errors";
import { withTemporaryFolder } from "../../lib/files";
import { type Mask, maskFor } from "../../planning/difference/masking";
import { secretsIn } from "../../planning/difference/secrets";
import { readPriorState } from "../../planning/preview/prior-state";
import { plannedActions } from "../../planning/preview/actions";
import { readPlan } from "../../planning/preview/plan-document";
import { synthesize } from "../../stacks/synth";
import { note } from "../terminal";
import { type Planner } from "./plans";
import { noRealPlan, secretsNeeded } from "./refusals";

/** As many of the engine's last lines as a refusal repeats. */
const repeated = 20;

const lockFile = ".terraform.lock.hcl";

/**
 * Lends a planner that plans with the real providers, from the operator's own environment. State, plan and providers lie in a
 * private folder that is gone afterwards, also after an interrupt; the stack has no backend there, so that no plan touches either
 * place of a move. Both plans use the providers that the first one got.
 * @throws UserError for listed secrets without a value, before anything is done: a placeholder would be planned as a change.
 */
export async function withRealPlanner<T>(
  stack: ProgramInstance,
  environment: NodeJS.ProcessEnv,
  work: (planner: Planner) => Promise<T>,
): Promise<T> {
  requireSecrets(stack, environment);
  const engine = findEngine(environment);
  return withTemporaryFolder(async (folder) => {
    const env = { ...privateEnvironment(stack.id, environment), TF_DATA_DIR: join(folder, "data") };
    let isMoved = false;
    const run = async (here: string, ...args: readonly string[]): Promise<EngineResult> => {
      const result = await runEngine({ engine, folder: here, env, args, private: true });
      if (result.exitCode !== 0)
        throw notPlanned(stack, `${basename(engine)} ${args[0] ?? ""}`, result, environment, isMoved);
      return result;
    };
    let first: string | undefined;
    const plan = async (configuration: Configuration, bytes: Buffer) => {
      const out = join(folder, isMoved ? "after" : "before");
      synthesize({ configuration, stacks: [stack], contracts: new Map(), folder: out });
      const here = join(out, "stacks", stack.id);
      writeFileSync(join(here, "terraform.tfstate"), bytes, { mode: 0o600 });
      if (first === undefined) {
        note(`${basename(engine)} gets the providers of ${stack.id}`);
        await run(here, "init", "-input=false", "-no-color");
      } else if (existsSync(join(first, lockFile))) copyFileSync(join(first, lockFile), join(here, lockFile));
      note(
        `${basename(engine)} plans ${stack.id} with the real providers, ${isMoved ? "after the move" : "as it is now"}`,
      );
      first ??= here;
      await run(here, "plan", "-input=false", "-lock=false", "-json", "-out=plan");
      const { stdout } = await run(here, "show", "-json", "plan");
      // The next plan is the one after the move.
      isMoved = true;
      return {
        actions: plannedActions(readPlan(stdout, engine)),
        serial: readPriorState(join(here, "terraform.tfstate")).serial,
      };
    };
    return work({ kind: "by the real providers", plan });
  });
}

function requireSecrets(stack: ProgramInstance, environment: NodeJS.ProcessEnv): void {
  const missing = secretsWithoutValue(stack, environment);
  if (missing.length === 0) return;
  throw secretsNeeded(stack.id, missing);
}

/** Repeats the engine's own last lines, without any secret. */
function notPlanned(
  stack: ProgramInstance,
  command: string,
  result: EngineResult,
  environment: NodeJS.ProcessEnv,
  isMoved: boolean,
): UserError {
  const lines = maskOf(environment)(reasonIn(result))
    .split("\n")
    .map((line) => line.replace(/^[\u2502\u2577\u2575]\s?/, "").trimEnd())
    .filter((line) => line !== "");
  return noRealPlan(stack.id, { command, exitCode: result.exitCode, said: lines.slice(-repeated) }, isMoved);
}

/** What an engine says of an error: among its JSON lines where it prints such, else on stderr. */
function reasonIn({ stdout, stderr }: EngineResult): string {
  const errors = diagnosticsIn(stdout).filter(({ severity }) => severity === "error");
  return errors.length === 0 ? stderr : errors.map(({ summary, detail }) => `Error: ${summary}\n${detail}`).join("\n");
}

/** Engines break the lines of stderr at blanks, also within a secret. */
function maskOf(environment: NodeJS.ProcessEnv): Mask {
  const secrets = secretsIn(environment);
  return maskFor([...secrets, ...secrets.flatMap((secret) => secret.split(/\s+/).filter((part) => part.length >= 8))]);
}
