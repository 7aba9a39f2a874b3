import { type Code } from "../errors";
import { type ProgramInstance } from "./load";
import { fiveFieldSchedule } from "./schedule";
import { runnerSetShared, scheduleOfFiveFields } from "./refusals";
import { gitHubPlace, registrationsOf } from "./stacks/arc-runners-rules";

/** What a reader of a plan should know of a setting that is accepted all the same. */
export interface Remark {
  readonly code: Code;
  readonly file: string;
  readonly line: number;
  readonly key: string;
  /** One sentence, without a full stop. */
  readonly what: string;
  readonly remedy: string;
}

/** The remarks on one stack's settings, alone and beside those of the other `stacks` of the configuration. */
export function remarksOn(stack: ProgramInstance, stacks: readonly ProgramInstance[]): readonly Remark[] {
  return [...scheduleRemarks(stack), ...sharedRegistrations(stack, stacks)];
}

function scheduleRemarks(stack: ProgramInstance): readonly Remark[] {
  if (stack.stack !== "attic") return [];
  const { pg_backup_schedule: schedule, pg_enable_backup: isOn, use_cnpg_postgres: isOurs } = stack.settings;
  const five = fiveFieldSchedule(schedule);
  if (!isOn || !isOurs || five === undefined) return [];
  const key = "pg_backup_schedule";
  const { file, lineOf } = stack.source;
  return [scheduleOfFiveFields({ file, line: lineOf([key]), key }, schedule, five)];
}

/**
 * Runner sets of a stack that register at GitHub as those of another environment do: GitHub knows a scale set by place, group and name,
 * whichever cluster it is on. Within one stack it is refused; across environments it has been live, and must stay a plan of nothing.
 */
export function sharedRegistrations(stack: ProgramInstance, stacks: readonly ProgramInstance[]): readonly Remark[] {
  if (stack.stack !== "arc-runners") return [];
  const identities = ({ settings }: typeof stack) =>
    registrationsOf(settings).map((registration) => ({
      ...registration,
      identity: `${gitHubPlace(registration.url)} ${(settings.runner_group ?? "default").toLowerCase()} ${registration.name}`,
    }));
  return identities(stack).flatMap(({ identity, name, url, at, set, ownName }): readonly Remark[] => {
    const other = stacks.find(
      (one) =>
        one.stack === "arc-runners" && one.id !== stack.id && identities(one).some((its) => its.identity === identity),
    );
    if (other === undefined) return [];
    const { file, lineOf } = stack.source;
    return [
      runnerSetShared(
        { file, line: lineOf(at), key: at.join(".") },
        { name, url, set, ownName },
        { id: other.id, file: other.source.file },
      ),
    ];
  });
}

/** A remark as operators read it, on one line. */
export function formatRemark({ file, line, what, remedy }: Remark): string {
  return `${file}:${line}: ${what}. ${remedy}`;
}
