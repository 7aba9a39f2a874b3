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
import { checkLine, type CheckLine, type Finding } from "./line";

interface EngineProofOptions {
  readonly stack: { readonly id: string; readonly stateName: string };
  /** Where the stack's state is: the proof is made beside it, on a state of its own. */
  readonly contract: StateContract;
  readonly environment: NodeJS.ProcessEnv;
  /** `state.s3.authority`. */
  readonly authority?: string;
  readonly clock: Clock;
}

/** A lock of a check that is older than this is one of a check that died. Milliseconds. */
const deadAfter = 60_000;

/**
 * What every other line only suggests: that the engine itself, with the stack's own backend block and environment, can init, is
 * refused while somebody else holds the lock, locks, writes, unlocks and reads back. Nothing of it stays.
 */
export function engineProof(options: EngineProofOptions): Promise<CheckLine> {
  return checkLine("engine", () => prove(options));
}

/** What two contracts have in common where one proof stands for both: all of the block but whose state it is. */
export function provenWith(contract: StateContract, stateName: string, clock: Clock): string {
  const scratch = scratchOf(contract, stateName, "one");
  return JSON.stringify(scratch === undefined ? clock.uniqueId() : backendBlock(scratch));
}

async function prove(options: EngineProofOptions): Promise<Finding> {
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
    return await proveAt(place, contract, engine, id, options);
  } finally {
    place.close();
    await purge(contract, environment, authority);
  }
}

function engineOr(environment: NodeJS.ProcessEnv): string | { readonly note: string } {
  try {
    return findEngine(environment);
  } catch (error) {
    if (error instanceof UserError) return { note: `not proven: ${error.problems[0]?.what ?? error.message}` };
    throw error;
  }
}

async function proveAt(
  place: StateStore,
  contract: StateContract,
  engine: string,
  id: string,
  { stack, environment, clock }: EngineProofOptions,
): Promise<Finding> {
  return withTemporaryFolder(async (folder) => {
    const document = {
      terraform: { backend: { [contract.type]: backendBlock(contract) } },
      output: { proof: { value: id } },
    };
    writeFileSync(join(folder, "main.tf.json"), JSON.stringify(document));
    const env = {
      ...proofEnvironment(stack.id, environment),
      ...engineVariables(contract, {}),
      TF_DATA_DIR: join(folder, ".terraform"),
    };
    const run = async (...args: readonly string[]) =>
      runEngine({ engine, folder, env, args: [...args, "-no-color"], private: true });
    const must = async (what: string, ...args: readonly string[]): Promise<string> => {
      const { exitCode, stdout, stderr } = await run(...args);
      if (exitCode === 0) return stdout;
      throw engineCannot(basename(engine), what, firstError(stderr || stdout));
    };
    await must("init", "init", "-input=false");
    const lock = lockOf(id, clock);
    const busy = await take(place, lock, clock);
    if (busy !== undefined) return { note: `not proven: another check is at work there, ${busy.Who}` };
    const apply = ["apply", "-input=false", "-auto-approve", "-lock-timeout=0s"];
    try {
      const second = await run(...apply);
      if (second.exitCode === 0) throw engineDoesNotLock(basename(engine));
      if (!(second.stderr + second.stdout).includes(id))
        throw engineCannot(basename(engine), "take the lock", firstError(second.stderr || second.stdout));
    } finally {
      await place.unlock(id, lock.Who);
    }
    await must("lock, write and unlock", ...apply);
    const read = (await must("read back", "output", "-raw", "proof")).trim();
    if (read !== id) throw engineCannot(basename(engine), "read back", `it read ${read}, and wrote ${id}`);
    const left = lockOf(id, clock);
    if ((await take(place, left, clock)) !== undefined)
      throw engineCannot(basename(engine), "unlock", "its lock is still held after it had ended");
    // A store without versions removes no state by its rules. In a bucket the proof's own is purged; a server keeps it for the next check.
    await place.delete(id, left.Who).catch(unlessRefused);
    await place.unlock(id, left.Who);
    return `${basename(engine)} inits, is refused a held lock, locks, writes, reads back and unlocks`;
  });
}

function unlessRefused(error: unknown): void {
  if (!(error instanceof UserError)) throw error;
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
function firstError(output: string): string {
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
