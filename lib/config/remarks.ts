import { type Code } from "../errors";
import { type StackInstance } from "./load";
import { fiveFieldSchedule } from "./schedule";
import { scheduleOfFiveFields } from "./refusals";

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

/** The remarks on one stack's settings. */
export function remarksOn(stack: StackInstance): readonly Remark[] {
  if (stack.stack !== "attic") return [];
  const { pg_backup_schedule: schedule, pg_enable_backup: isOn, use_cnpg_postgres: isOurs } = stack.settings;
  const five = fiveFieldSchedule(schedule);
  if (!isOn || !isOurs || five === undefined) return [];
  const key = "pg_backup_schedule";
  const { file, lineOf } = stack.source;
  return [scheduleOfFiveFields({ file, line: lineOf([key]), key }, schedule, five)];
}

/** A remark as operators read it, on one line. */
export function formatRemark({ file, line, what, remedy }: Remark): string {
  return `${file}:${line}: ${what}. ${remedy}`;
}
