import { type SoakResult } from "./soak";

/** A soak as a table, and what does not hold. */
export function soakTable(result: SoakResult): string {
  const { seconds, states, memory, latencies, violations } = result;
  const rows: readonly (readonly [string, number])[] = [
    ["states (4 stacks, 2 environments), each with a client over http and one over s3", states],
    ["applies", result.applies],
    ["plans", result.plans],
    ["cutovers", result.cutovers],
    ["kill -9 of `flywheel serve`", result.serverKills],
    ["kill -9 of the store", result.storeKills],
    ["requests that failed, and were asked again", result.failures],
    ["times that somebody else had the lock", result.waits],
    ["locks of a request that was on its way when its server was killed, given back by their ID", result.lateLocks],
    ["versions of states that are kept", result.versions],
    ["MiB of the server when it began", memory.first],
    ["MiB of the server at the end", memory.last],
    ["MiB of the server at most", memory.most],
    ["accepted writes that are lost, and whatever else does not hold", violations.length],
  ];
  return [
    `# Soak: ${seconds} s`,
    "",
    "| | |",
    "|---|---:|",
    ...rows.map(([name, count]) => `| ${name} | ${count} |`),
    "",
    "| milliseconds | times | median | 95 of 100 | most |",
    "|---|---:|---:|---:|---:|",
    ...latencies.map(({ kind, count, median, p95, max }) => `| ${kind} | ${count} | ${median} | ${p95} | ${max} |`),
    ...(violations.length === 0 ? [] : ["", ...violations.map((one) => `- ${one.split("\n")[0] ?? ""}`)]),
    "",
  ].join("\n");
}
