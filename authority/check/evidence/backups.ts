import { type Configuration, type StackInstance } from "../../../lib/config/load";
import { shellQuoted } from "../../../lib/text/shell";
import { newestIn } from "../../backup/catalogue";
import { lastDrill } from "../../backup/drilled";
import { openTarget } from "../../backup/open-target";
import { type BackupTarget } from "../../backup/target";
import { type Clock } from "../../clock";
import { checkLine, type CheckLine, type Finding } from "../line";

const hour = 3_600_000;
/** A state that was written since its backup, and a backup that nobody proved, are findings after so long. */
const [backupAfter, drillAfter] = [48 * hour, 35 * 24 * hour];

interface BackupsOptions {
  readonly configuration: Configuration;
  readonly stack: StackInstance;
  readonly environment: NodeJS.ProcessEnv;
  /** The serial that is live; undefined where there is no state. */
  readonly serial: () => Promise<number | undefined>;
  readonly clock: Clock;
}

/** How old the newest backup of a state is, and when one was last proved. */
export async function checkBackups(options: BackupsOptions): Promise<readonly CheckLine[]> {
  const { configuration, stack, environment } = options;
  const id = shellQuoted(stack.id);
  const both: [string, string, (target: BackupTarget) => Promise<Finding>][] = [
    ["backup age", `flywheel backup ${id}`, (target) => ageOfBackup(target, options)],
    ["last drill", `flywheel restore-drill ${id} --identity KEYFILE`, (target) => ageOfDrill(target, options)],
  ];
  return Promise.all(
    both.map(async ([name, command, look]) => ({
      ...(await checkLine(`${stack.id}: ${name}`, async () => {
        if (configuration.organization.state.backup === undefined) return { finding: "state.backup is not set" };
        const target = await openTarget(configuration, environment);
        return look(target).finally(() => target.close());
      })),
      command,
    })),
  );
}

async function ageOfBackup(
  target: BackupTarget,
  { configuration, stack, serial, clock }: BackupsOptions,
): Promise<Finding> {
  const live = await serial();
  const newest = await newestIn(target, configuration, stack);
  if (newest === undefined)
    return live === undefined ? { note: "no state and no backup" } : { finding: `no backup in ${target.description}` };
  const age = clock.now().getTime() - Date.parse(newest.at);
  const said = `serial ${newest.serial}, ${hours(age)} old, in ${target.description}`;
  if (live !== undefined && live > newest.serial && age > backupAfter)
    return { finding: `${said}; the state is at serial ${live}` };
  return said;
}

async function ageOfDrill(target: BackupTarget, { stack, serial, clock }: BackupsOptions): Promise<Finding> {
  const drilled = await lastDrill(target, stack.stateName);
  if (drilled === undefined)
    return (await serial()) === undefined
      ? { note: "no state, and no drill" }
      : { finding: "no drill of this state is recorded: its backups were never proved" };
  const age = clock.now().getTime() - Date.parse(drilled.at);
  const said = `serial ${drilled.serial} was restored, served and planned on ${hours(age)} ago, by ${drilled.who}`;
  return age > drillAfter ? { finding: said } : said;
}

function hours(milliseconds: number): string {
  const count = Math.max(0, Math.round(milliseconds / hour));
  return count < 72 ? `${count} h` : `${Math.round(count / 24)} days`;
}
