/** When CloudNativePG runs a schedule that has five fields: it reads the first as seconds, and takes a missing sixth for any weekday. */
export function fiveFieldSchedule(schedule: string): { readonly runs: string; readonly write: string } | undefined {
  const fields = schedule.trim().split(/ +/);
  if (fields.length !== 5) return undefined;
  return { runs: runsOf(fields), write: ["0", ...fields].join(" ") };
}

const isAny = (field: string | undefined) => field === "*" || field === "?";
const isOne = (field: string | undefined) => field !== undefined && /^\d+$/.test(field);

function runsOf([second, minute, hour, day, month]: readonly string[]): string {
  const everyDay = isAny(day) && isAny(month);
  if (everyDay && isAny(hour) && isOne(second)) {
    if (isOne(minute)) return "every hour";
    if (isAny(minute)) return "every minute";
  }
  if (everyDay && isAny(hour) && isAny(minute) && isAny(second)) return "every second";
  if (everyDay && isOne(hour) && isOne(minute) && isOne(second))
    return `every day at ${[hour, minute, second].map((part) => (part ?? "").padStart(2, "0")).join(":")}`;
  return `at second ${second ?? ""} of minute ${minute ?? ""} of hour ${hour ?? ""}, day ${day ?? ""}, month ${month ?? ""}`;
}
