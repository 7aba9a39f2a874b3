import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { backendBlock, engineVariables, scratchOf, type StateContract } from "../../lib/backend/contract";
import { findEngine } from "../../lib/engine/find";
import { stackEnvironment } from "../../lib/engine/environment";
import { runEngine } from "../../lib/engine/run";
import { UserError } from "../../lib/errors";
import { withTemporaryFolder } from "../../lib/files";
import { type Clock } from "../clock";
import { engineCannot, engineDoesNotLock, StateRefusal } from "../refusals";
import { openFamilies } from "../state/backends";
import { type LockInfo } from "../state/lock-info";
import { openStateStore, purge } from "../state/open-state-store";
import { type StateStore } from "../state/state-store";
import { type Finding } from "./line";

/** Whose backend block and environment a proof is made with. */
export interface ScratchOptions {
  readonly stack: { readonly id: string; readonly stateName: string };
  /** Where the stack's state is: the proof is made beside it, on a state of its own. */
  readonly contract: StateContract;
  readonly environment: NodeJS.ProcessEnv;
  /** `state.s3.authority`. */
  readonly authority?: string;
  readonly clock: Clock;
}

/** The real engine in a folder of its own, on a state that is nobody's. */
export interface ScratchRun {
  /** Of this one proof. */
  readonly id: string;
  /** The engine's name. */
  readonly name: string;
  readonly place: StateStore;
  /** Runs the engine. */
  run(...args: readonly string[]): Promise<{ exitCode: number; stdout: string; stderr: string }>;
  /** Runs the engine, and returns what it printed. @throws UserError `engine-cannot`, which says what it could not do. */
  must(what: string, ...args: readonly string[]): Promise<string>;
  /** Takes the lock as the proof's own; says who has it after some patience. */
  take(): Promise<LockInfo | undefined>;
  /** Gives it back. */
  giveBack(): Promise<void>;
}

/** A lock of a check that is older than this is one of a check that died. Milliseconds. */
const deadAfter = 60_000;

export const applyNow = ["apply", "-input=false", "-auto-approve", "-lock-timeout=0s"] as const;

/**
 * Runs a proof with the engine that is found, initialized with the stack's own backend block and environment on a state of its own; nothing
 * of it stays. `body` is the program beside the block. A note says where it could not be made.
 */
export async function onScratch(
  options: ScratchOptions,
  body: (id: string) => object,
  work: (run: ScratchRun) => Promise<Finding>,
): Promise<Finding> {
  const { stack, environment, authority, clock } = options;
  const id = clock.uniqueId();
  const contract = scratchOf(options.contract, stack.stateName, id);
  if (contract === undefined)
    return { note: `not proven: the place of ${stack.id} does not tell where another state would be` };
  const engine = engineOr(environment);
  if (typeof engine !== "string") return engine;
  const place = openStateStore(contract, environment, authority);
  try {
    if (!(await openFamilies[contract.type].mayScratch(place)))
      return { note: "not proven: the server does not say that it keeps a state for checks, so none is written there" };
    return await withTemporaryFolder(async (folder) => {
      const run = scratchRun(engine, folder, place, id, contract, options);
      const backend = { [contract.type]: backendBlock(contract) };
      writeFileSync(join(folder, "main.tf.json"), JSON.stringify({ terraform: { backend }, ...body(id) }));
      await run.must("init", "init", "-input=false");
      return work(run);
    });
  } finally {
    place.close();
    await purge(contract, environment, authority);
  }
}

/** The engine is refused while somebody else holds the lock. A note where another check is at work there. */
export async function refusedWhileHeld({ id, name, run, take, giveBack }: ScratchRun): Promise<Finding> {
  const busy = await take();
  if (busy !== undefined) return { note: `not proven: another check is at work there, ${busy.Who}` };
  try {
    const second = await run(...applyNow);
    if (second.exitCode === 0) throw engineDoesNotLock(name);
    if (!(second.stderr + second.stdout).includes(id))
      throw engineCannot(name, "take the lock", firstError(second.stderr || second.stdout));
  } finally {
    await giveBack();
  }
  return "refused";
}

function scratchRun(
  engine: string,
  folder: string,
  place: StateStore,
  id: string,
  contract: StateContract,
  { stack, environment, clock }: ScratchOptions,
): ScratchRun {
  const env = {
    ...proofEnvironment(stack.id, environment),
    ...engineVariables(contract, {}),
    TF_DATA_DIR: join(folder, ".terraform"),
  };
  const name = basename(engine);
  const lock = lockOf(id, clock);
  const run = async (...args: readonly string[]) =>
    runEngine({ engine, folder, env, args: [...args, "-no-color"], private: true });
  return {
    id,
    name,
    place,
    run,
    must: async (what, ...args) => {
      const { exitCode, stdout, stderr } = await run(...args);
      if (exitCode === 0) return stdout;
      throw engineCannot(name, what, firstError(stderr || stdout));
    },
    take: () => take(place, lock, clock),
    giveBack: () => place.unlock(id, lock.Who),
  };
}

function engineOr(environment: NodeJS.ProcessEnv): string | { readonly note: string } {
  try {
    return findEngine(environment);
  } catch (error) {
    if (error instanceof UserError) return { note: `not proven: ${error.problems[0]?.what ?? error.message}` };
    throw error;
  }
}

function lockOf(id: string, clock: Clock): LockInfo {
  return {
    ID: id,
    Operation: "check",
    Info: "",
    Who: "flywheel check",
    Version: "flywheel",
    Created: clock.now().toISOString(),
    Path: "",
  };
}

/** Takes the lock, from a check that died, too. Returns who has it after some patience. */
async function take(place: StateStore, lock: LockInfo, clock: Clock): Promise<LockInfo | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await place.lock(lock, lock.Who);
      return undefined;
    } catch (error) {
      if (!(error instanceof StateRefusal) || error.holder === undefined) throw error;
      const age = clock.now().getTime() - new Date(error.holder.Created).getTime();
      if (age > deadAfter) await place.unlock(error.holder.ID, lock.Who);
      else if (attempt >= 10) return error.holder;
      else await sleep(200);
    }
  }
}

/** As the engine of that stack gets it, without its secrets: there is nothing in the scratch state to give them to. */
function proofEnvironment(id: string, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const env = Object.entries(stackEnvironment(id, environment)).filter(([name]) => !name.startsWith("TF_VAR_"));
  return { ...Object.fromEntries(env), CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1" };
}

/** The engine's own first words of what is wrong, on one line. */
export function firstError(output: string): string {
  const lines = output
    .split("\n")
    .map((line) => line.replace(/^[\u2502\u2577\u2575]\s?/, "").trim())
    .filter((line) => line !== "");
  const start = Math.max(
    0,
    lines.findIndex((line) => line.startsWith("Error:")),
  );
  return lines.slice(start, start + 6).join(" ");
}
