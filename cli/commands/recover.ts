import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { putBackup } from "../../authority/backup/backup";
import { openTarget } from "../../authority/backup/open-target";
import { openLivePlace } from "../../authority/state/live-place";
import { recover } from "../../authority/operations/recover";
import { type StateRead } from "../../authority/state/state-object";
import { systemClock } from "../../authority/clock";
import { type Configuration, configurationFolder, loadConfiguration, type StackInstance } from "../../lib/config/load";
import { selectStacks } from "../../lib/config/select";
import { erroredStateOf, stackFolder } from "../../lib/engine/errored-state";
import { UserError } from "../../lib/errors";
import { writeFileAtomically } from "../../lib/files";
import { whoAmI } from "../who";
import { note, print, printJson } from "../terminal";
import { noErroredState, twoErroredStates, erroredStateUnreadable } from "./refusals";

/** `flywheel recover`: puts an errored.tfstate back. The file itself stays where it is. */
export async function recoverCommand(id: string, given: string | undefined, options: { json?: true }): Promise<void> {
  const configuration = loadConfiguration(configurationFolder());
  const [stack] = selectStacks(configuration, [id]);
  if (stack === undefined) return;
  const file = given ?? findErrored(stack);
  const bytes = readErrored(file);
  const place = await openLivePlace(configuration, stack, process.env);
  try {
    const recovery = await recover({
      stack,
      place,
      file,
      bytes,
      who: whoAmI(),
      clock: systemClock,
      keep: (replaced) => keep(configuration, stack, place.state.location, file, replaced),
      progress: note,
    });
    if (options.json === true) return printJson({ ok: true, file, location: place.state.location, ...recovery });
    const { serial, serialBefore } = recovery;
    if (recovery.changed)
      print(
        `${id}: serial ${serial} is at ${place.state.location} now${serialBefore === undefined ? "; nothing was there before" : `; before it was ${serialBefore}`}`,
      );
    else print(`${id}: nothing to do, ${place.state.location} has this very state already, serial ${serial}`);
    print(`Plan before you go on. Then remove ${file}: it holds the state's secrets`);
  } finally {
    place.state.close();
  }
}

/** Where an engine that cdktf started leaves it, or one that was run by hand. */
function findErrored(stack: StackInstance): string {
  const { id } = stack;
  const candidates = [erroredStateOf(stack) ?? join(stackFolder(stack), "errored.tfstate"), "errored.tfstate"];
  const found = candidates.filter((file) => existsSync(file));
  const [file] = found;
  if (found.length === 1 && file !== undefined) return file;
  throw file === undefined ? noErroredState(id, candidates) : twoErroredStates(id, found);
}

function readErrored(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw erroredStateUnreadable(file, error);
  }
}

/** Beside the errored state, which is as secret; and encrypted in the backups' place, where there is one that answers. */
async function keep(
  configuration: Configuration,
  stack: StackInstance,
  location: string,
  file: string,
  replaced: StateRead,
): Promise<void> {
  const copy = join(dirname(file), `${stack.stateName}.serial-${replaced.serial}.replaced.tfstate`);
  writeFileAtomically(copy, replaced.bytes, 0o600);
  note(`kept what was there, serial ${replaced.serial}: ${copy}`);
  if (configuration.organization.state.backup === undefined) return;
  try {
    const target = await openTarget(configuration, process.env);
    try {
      const { file: backup } = await putBackup(
        { configuration, stack, target, environment: process.env, clock: systemClock },
        replaced,
        location,
      );
      note(`and backed it up: ${backup} in ${target.description}`);
    } finally {
      target.close();
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    note(`no encrypted backup of it, the copy has to do: ${error.message}`);
  }
}
