import { backup, type BackupResult } from "../../authority/backup/backup";
import { openTarget } from "../../authority/backup/open-target";
import { systemClock } from "../../authority/clock";
import { findContracts, sharedPlaces } from "../../lib/backend/resolve";
import { type Configuration, configurationFolder, loadConfiguration, type StackInstance } from "../../lib/config/load";
import { selectStacks } from "../../lib/config/select";
import { formatProblem, type Problem, refuseIfAny, UserError } from "../../lib/errors";
import { note, print, printJson } from "../terminal";

/** `flywheel backup`: every state that is asked for is tried; exit code 1 where one of them has no backup afterwards. */
export async function backupCommand(ids: readonly string[], options: { json?: true }): Promise<void> {
  const configuration = loadConfiguration(configurationFolder());
  const stacks = selectStacks(configuration, ids);
  await refuseOneForMany(configuration, stacks);
  const target = await openTarget(configuration, process.env);
  const results: { id: string; state: string; result: BackupResult }[] = [];
  const problems: Problem[] = [];
  try {
    for (const stack of stacks) {
      const start = performance.now();
      try {
        const result = await backup({ configuration, stack, target, environment: process.env, clock: systemClock });
        results.push({ id: stack.id, state: stack.stateName, result });
        if (options.json !== true)
          print(`${stack.id}: ${describe(result)} (${Math.round(performance.now() - start)} ms)`);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        problems.push(...error.problems);
        note(`${stack.id}: ${error.message}`);
      }
    }
  } finally {
    target.close();
  }
  if (options.json === true)
    printJson({
      ok: problems.length === 0,
      target: target.description,
      backups: results.map(({ id, state, result }) => ({ id, state, ...result })),
      problems: problems.map((problem) => ({ ...problem, text: formatProblem(problem) })),
    });
  else if (problems.length === 0)
    print(`${target.description}: prove it with \`flywheel restore-drill --identity KEYFILE\``);
  if (problems.length > 0) process.exitCode = 1;
}

/** One state must not be backed up under the names of several stacks. What is wrong with one stack alone is told in its turn. */
async function refuseOneForMany(configuration: Configuration, stacks: readonly StackInstance[]): Promise<void> {
  const { contracts, problems } = await findContracts(configuration, stacks, process.env);
  refuseIfAny([...problems.filter(({ code }) => code === "one-address-for-many"), ...sharedPlaces(stacks, contracts)]);
}

function describe(result: BackupResult): string {
  if (result.outcome === "none") return "there is no state yet, so there is nothing to back up";
  const { serial, sha256, file, at } = result.manifest;
  return result.outcome === "unchanged"
    ? `serial ${serial} is backed up already, since ${at}`
    : `serial ${serial}, sha256 ${sha256.slice(0, 12)}, written to ${file} and read back`;
}
