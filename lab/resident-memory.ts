import { readFileSync } from "node:fs";

/** Resident MiB of a process; undefined where it is not there, or the system does not tell: Linux only. */
export function residentMemory(pid: number | undefined): number | undefined {
  try {
    const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${String(pid)}/status`, "utf8")) ?? [];
    return kib === undefined ? undefined : Number(kib) / 1024;
  } catch {
    return undefined;
  }
}
