import { describePlan } from "./plan";
import { type RunResult } from "./run";

/** What all runs together say. */
interface Summary {
  readonly runs: number;
  readonly seconds: number;
  readonly plant: string | null;
  readonly acceptedWrites: number;
  /** Runs by direction, incident and second user. */
  readonly shapes: Readonly<Record<string, number>>;
  /** Faults that were injected, and what had to be done by hand, by kind. */
  readonly injected: Readonly<Record<string, number>>;
  readonly failed: readonly { readonly seed: number; readonly plan: string; readonly violations: readonly string[] }[];
}

export function summaryOf(results: readonly RunResult[], seconds: number, plant: string | undefined): Summary {
  const shapes: Record<string, number> = {};
  const injected: Record<string, number> = {};
  const add = (to: Record<string, number>, name: string, count = 1) => (to[name] = (to[name] ?? 0) + count);
  for (const { plan, told } of results) {
    add(shapes, `to ${plan.to}`);
    if (plan.sameObject) add(shapes, "both backends to one object");
    if (plan.olderCopy) add(shapes, "over an older copy");
    add(shapes, `second user: ${plan.bobs}`);
    if (plan.incident?.kind.startsWith("kill") === true) add(shapes, "a real process: the first user's cutover");
    if (plan.secondIncident !== undefined) add(shapes, "a real process: the second user's abort");
    if (plan.outage !== undefined) add(shapes, "the store is to go down in the middle of an apply");
    if (plan.spell !== undefined)
      add(
        shapes,
        `a user for whom ${plan.spell.kind === "bucket re-created" ? "the bucket is another one, empty" : "delete markers block locks"}`,
      );
    for (const [kind, count] of Object.entries(told)) add(injected, kind, count);
  }
  return {
    runs: results.length,
    seconds: Math.round(seconds),
    plant: plant ?? null,
    acceptedWrites: results.reduce((sum, { accepted }) => sum + accepted, 0),
    shapes,
    injected,
    failed: results
      .filter(({ violations }) => violations.length > 0)
      .map(({ seed, plan, violations }) => ({ seed, plan: describePlan(plan), violations }))
      .sort((a, b) => a.seed - b.seed),
  };
}

export function asMarkdown({ runs, seconds, plant, acceptedWrites, shapes, injected, failed }: Summary): string {
  const list = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .sort()
      .map(([name, count]) => `| ${name} | ${count} |`);
  return [
    `# Fault runs${plant === null ? "" : ` with a planted bug: ${plant}`}`,
    "",
    `${runs} runs in ${seconds} s, ${acceptedWrites} accepted writes, ${failed.length} runs with a violation.`,
    "",
    "| runs | |",
    "|---|---:|",
    ...list(shapes),
    "",
    "| injected on the users' ways, and what followed | |",
    "|---|---:|",
    ...list(injected),
    ...failed.flatMap(({ seed, plan, violations }) => [
      "",
      `## Seed ${seed}`,
      "",
      `${plan}. Again: \`node bin/faults.cjs --runs 1 --seed ${seed}${plant === null ? "" : ` --plant "${plant}"`}\``,
      "",
      ...violations.map((one) => `- ${one.split("\n").slice(0, 6).join("\n  ")}`),
    ]),
    "",
  ].join("\n");
}
