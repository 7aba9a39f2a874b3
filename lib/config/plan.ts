import { z } from "zod";
import { type BackupSettings } from "./backup";
import { checkRecipients, recipientList } from "./recipients";
import { isRecord } from "./kind";
import { type Path } from "./source";
import { type Report } from "./report";
import { recipientOfBackups } from "./organization-refusals";

/** `state.plan`: who can open plan bundles, in every environment or by environment. */
export const planSchema = z.strictObject(
  // Which of the two it is decides the input's kind alone, so that a problem names the item that has it.
  { recipients: z.unknown().pipe(z.union([recipientList, z.record(z.string(), recipientList)])) },
  "only `recipients`",
);

type PlanSettings = z.output<typeof planSchema>;

/** What an apply can be made to wait for, wherever it is run. */
export const requirements = ["approval", "provider-locks", "signed-main"] as const;

/**
 * Public keys, and none that opens backups: those stay with people, and a runner that applies has this one. `checkEnvironment` reports an
 * environment that is none.
 */
export function checkPlan(
  plan: PlanSettings | undefined,
  backup: BackupSettings | undefined,
  checkEnvironment: (path: Path, name: string) => void,
  report: Report,
): void {
  for (const [path, recipients] of recipientLists(plan)) {
    if (typeof path.at(-1) === "string" && path.length === 4) checkEnvironment(path, String(path.at(-1)));
    checkRecipients(path, recipients, report);
    recipients.forEach((recipient, index) => {
      if (backup?.recipients.includes(recipient) === true) report([...path, index], recipientOfBackups(path, index));
    });
  }
}

function recipientLists(plan: PlanSettings | undefined): readonly (readonly [Path, readonly string[]])[] {
  if (plan === undefined) return [];
  const path: Path = ["state", "plan", "recipients"];
  if (!isRecord(plan.recipients)) return [[path, plan.recipients]];
  return Object.entries(plan.recipients).map(([environment, list]) => [[...path, environment], list]);
}

/** Who can open the plan bundles of an environment; empty where nobody is named. */
export function planRecipients(plan: PlanSettings | undefined, environment: string): readonly string[] {
  if (plan === undefined) return [];
  return isRecord(plan.recipients) ? (plan.recipients[environment] ?? []) : plan.recipients;
}
