import { readFileSync } from "node:fs";

/** Ticks in a second, as Linux tells them to every program. */
const ticks = 100;

/** Seconds of processor time, user and system, of a process and all below it that live. Linux only. */
export function processorSeconds(pid: number): number {
  const text = (file: string): string => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, "utf8");
    } catch {
      return "";
    }
  };
  // What stands before the bracket is the program's name, with any character in it.
  const fields = text("stat")
    .replace(/^.*\) /s, "")
    .split(" ");
  const children = text(`task/${pid}/children`)
    .split(" ")
    .filter((child) => child.trim() !== "");
  const own = (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / ticks;
  return children.reduce((sum, child) => sum + processorSeconds(Number(child)), own);
}
