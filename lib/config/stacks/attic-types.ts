import { z } from "zod";

/** An http or https URL. */

/** A bucket of an S3 server: 3 to 63 lower case letters, digits, - and . (docs.aws.amazon.com, "bucket naming rules"). */
export const bucketName = () =>
  z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "a bucket name: 3 to 63 lower case letters, digits, - and .");

/** A size in PostgreSQL's units (postgresql.org, "Parameter Names and Values"); without one it counts 8 KiB pages. */
export const postgresMemory = () =>
  z.string().regex(/^[1-9]\d*(B|kB|MB|GB|TB)?$/, "a PostgreSQL size such as 256MB or 1GB");

/** How long CloudNativePG keeps backups: days, weeks or months. */
export const retention = () =>
  z.string().regex(/^[1-9]\d*[dwm]$/, "a number of days, weeks or months such as 30d, 4w or 3m");

const cronField = String.raw`[\d*?][\d*?,/-]*|[A-Za-z]{3}(?:[,-][A-Za-z]{3})*`;
const cron = new RegExp(
  `^(?:(?:${cronField})(?: +(?:${cronField})){4,5}|@(?:yearly|annually|monthly|weekly|daily|midnight|hourly)|@every \\S+)$`,
);

/** A schedule of CloudNativePG: five or six cron fields, or a name such as @daily. */
export const backupSchedule = () =>
  z
    .string()
    .regex(
      cron,
      'a cron expression such as "0 0 3 * * *" (CloudNativePG reads the first of six fields as seconds) or @daily',
    );

const unit =
  "nsec|ns|usec|us|msec|ms|seconds|second|secs|sec|s|minutes|minute|mins|min|m|hours|hour|hrs|hr|h|days|day|d|weeks|week|w|months|month|M|years|year|y";
const periodForm = new RegExp(`^\\d+ *(?:${unit})(?: *\\d+ *(?:${unit}))*$`);

/** A span of time as Attic reads it (the humantime format): `12 hours`, `3 months`, `1h 30m`. */
export const period = () => z.string().regex(periodForm, 'a span of time such as "12 hours" or "3 months"');
