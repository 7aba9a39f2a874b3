import { z } from "zod";
import { checkRecipients, recipientList } from "./recipients";
import { httpUrl } from "./url";
import { type Report } from "./report";
import { twoBackupTargets, halfABackupTarget } from "./organization-refusals";

/** Where encrypted backups go. `directory`, or `endpoint` and `bucket`: which of the two is checked afterwards (checkBackup). */
const backupTargetSchema = z.strictObject(
  {
    directory: z
      .string()
      .regex(/^(\/|~\/)/, "an absolute path, or one that starts with ~/")
      .optional(),
    endpoint: httpUrl.optional(),
    bucket: z
      .string()
      .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "a bucket name")
      .optional(),
    region: z.string().min(1, "a region").optional(),
    prefix: z
      .string()
      .regex(/^[^/](.*[^/])?$/, "a prefix without / at its ends")
      .optional(),
  },
  "directory, or one of endpoint, bucket, region, prefix (credentials come from FLYWHEEL_BACKUP_AWS_ACCESS_KEY_ID and FLYWHEEL_BACKUP_AWS_SECRET_ACCESS_KEY)",
);

/** `state.backup`: where encrypted backups go, and who can open them. */
export const backupSchema = z.strictObject(
  {
    target: backupTargetSchema,
    recipients: recipientList,
  },
  "one of target, recipients",
);

export type BackupSettings = z.output<typeof backupSchema>;

/** One kind of target, all of it, and recipients that are public keys. A secret key's text is not repeated. */
export function checkBackup(backup: BackupSettings | undefined, report: Report): void {
  if (backup === undefined) return;
  const path = ["state", "backup", "target"];
  const { directory, ...s3 } = backup.target;
  const given = Object.entries(s3)
    .filter(([, value]) => value !== undefined)
    .map(([key]) => key);
  if (directory !== undefined && given.length > 0) report(path, twoBackupTargets(given));
  if (directory === undefined) {
    for (const key of ["endpoint", "bucket"] as const) {
      if (s3[key] === undefined) report([...path, key], halfABackupTarget(key));
    }
  }
  checkRecipients(["state", "backup", "recipients"], backup.recipients, report);
}
