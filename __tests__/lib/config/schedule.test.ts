import { loadConfiguration } from "../../../lib/config/load";
import { remarksOn } from "../../../lib/config/remarks";
import { fiveFieldSchedule } from "../../../lib/config/schedule";
import { configFolder, organization } from "./support";

it.each([
  ["0 0 * * *", "every hour", "0 0 0 * * *"],
  ["30 2 * * *", "every hour", "0 30 2 * * *"],
  ["0 * * * *", "every minute", "0 0 * * * *"],
  ["* * * * *", "every second", "0 * * * * *"],
  ["0 30 2 * *", "every day at 02:30:00", "0 0 30 2 * *"],
  ["0 0 1-5 * 3", "at second 0 of minute 0 of hour 1-5, day *, month 3", "0 0 0 1-5 * 3"],
])("five fields, %s, run %s", (schedule, runs, write) => {
  expect(fiveFieldSchedule(schedule)).toEqual({ runs, write });
});

it.each(["0 0 3 * * *", "@daily", "@every 5h"])("%s is what it seems", (schedule) => {
  expect(fiveFieldSchedule(schedule)).toBeUndefined();
});

function remarks(settings: string) {
  const file = "environments/dev/attic.yaml";
  const folder = configFolder({ "organization.yaml": organization(), [file]: `use_minio: true\n${settings}\n` });
  const { stacks } = loadConfiguration(folder);
  return stacks.flatMap((stack) => remarksOn(stack, stacks));
}

it("a reader of the plan is told of the default and of a file's own schedule", () => {
  expect(remarks("")).toMatchObject([{ code: "five-field-schedule", key: "pg_backup_schedule", line: 1 }]);
  expect(remarks('pg_backup_schedule: "0 5 * * *"')).toMatchObject([{ code: "five-field-schedule", line: 2 }]);
  expect(remarks('pg_backup_schedule: "0 0 5 * * *"')).toEqual([]);
  expect(remarks("pg_enable_backup: false")).toEqual([]);
});
