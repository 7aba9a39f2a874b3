import { basename } from "node:path";
import { refuseWhileAllIsFrozen } from "../authority/lease/all-frozen";
import { isMovable } from "../authority/state/movable";
import { type BesideState, openBesideState } from "../authority/lease/beside-state";
import { resolveContracts } from "../lib/backend/resolve";
import { type Configuration, configurationFolder, loadConfiguration, type StackInstance } from "../lib/config/load";
import { selectStacks } from "../lib/config/select";
import { isReplay } from "../lib/engine/environment";
import { findEngine } from "../lib/engine/find";
import { UserError } from "../lib/errors";
import { type Session, type SessionOptions } from "../planning/bundle/session";
import { type PlannedOn, plannedOnWhere } from "../planning/preview/prior-state";
import { refuseMissingSecrets } from "./commands/secrets";
import { livePlannedOn } from "./live-states";
import { note, paint, print, wantsColour } from "./terminal";
import { stackNeeded } from "./refusals";

/** What a run needs before anything is looked at. @throws UserError for an unknown stack, no engine, a secret without a value. */
export function startRun(id: string, quiet: boolean): SessionOptions {
  const configuration = loadConfiguration(configurationFolder());
  const [stack] = selectStacks(configuration, [id]);
  if (stack === undefined) throw stackNeeded();
  const engine = findEngine();
  refuseMissingSecrets(stack, process.env);
  return {
    configuration,
    stack,
    engine,
    environment: process.env,
    output: quiet ? "to stderr" : "to stdout",
    colour: wantsColour(quiet ? process.stderr : process.stdout),
    tell: note,
    opened: async (session) => {
      await tellHeadline(session, quiet);
    },
  };
}

/** Says before a plan of what it is, with which providers, by which engine, and on which state, which it returns. */
export async function tellHeadline(
  { configuration, stack, contract, runner: { engine } }: Session,
  quiet: boolean,
): Promise<PlannedOn | undefined> {
  const on = await livePlannedOn(configuration, stack, contract);
  const providers = isReplay(process.env) ? "by replay" : "by the real providers";
  const line = `${paint("bold", stack.id)}: ${providers}, planned by ${basename(engine)}, ${plannedOnWhere(on)}`;
  if (quiet) note(line);
  else print(line);
  return on;
}

/** Opens what lies beside the state of a run. @throws UserError `nothing-beside`. */
export async function openBeside({
  configuration,
  stack,
}: Pick<SessionOptions, "configuration" | "stack">): Promise<BesideState> {
  return openBesideState(configuration, stack, await contractOf(configuration, stack), process.env);
}

/**
 * As openBeside; a foreign server without a bucket of ours, or a Secret, is told, and held to the engine's lock alone.
 * @throws UserError `frozen` where the state is a Secret, and all the others are frozen.
 */
export async function openBesideOrNot(session: SessionOptions): Promise<BesideState | undefined> {
  try {
    return await openBeside(session);
  } catch (error) {
    if (!(error instanceof UserError) || error.problems.some(({ code }) => code !== "nothing-beside")) throw error;
    note(
      `note: no lease, no freeze and no record of applies here, only the engine's lock: ${error.problems.map(({ what }) => what).join("; ")}`,
    );
    if (!isMovable(session.configuration, session.stack))
      await refuseWhileAllIsFrozen(session.configuration, session.environment, (line) => note(`note: ${line}`));
    return undefined;
  }
}

async function contractOf(configuration: Configuration, stack: StackInstance) {
  const contract = (await resolveContracts(configuration, [stack], process.env)).get(stack.id);
  if (contract === undefined) throw new Error(`${stack.id} has neither a place nor a problem`);
  return contract;
}
