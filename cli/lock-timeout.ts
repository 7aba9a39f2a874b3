import { wrongOption } from "./refusals";

/** Seconds of `--lock-timeout`: `90`, `90s`, `20m`, `2h`; 0 where it is not given. @throws UsageError for anything else. */
export function lockTimeoutOf(text: string | undefined): number {
  if (text === undefined) return 0;
  const [, number, unit = "s"] = /^(\d{1,6})([smh]?)$/.exec(text) ?? [];
  if (number === undefined) throw wrongOption(`--lock-timeout is "${text}"`, "a time such as 90s, 20m or 2h");
  return Number(number) * (unit === "h" ? 3600 : unit === "m" ? 60 : 1);
}
