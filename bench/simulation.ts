import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { exploreAll, exploreSeeds, type Findings } from "../lab/simulation/explore";
import { type Call, isLinearizable } from "../lab/simulation/history";
import { askPorcupine } from "../lab/simulation/porcupine";
import { porcupine } from "../tools/catalogue";
import { builtTool } from "../tools/tool";
import { type Outcome } from "../lab/simulation/run";
import { scenario, type Scenario } from "../lab/simulation/scenario";
import { traceOf } from "../lib/errors";

/** One part of the long run, as it is reported. */
interface Part {
  readonly name: string;
  readonly findings: Findings;
  readonly seconds: number;
  readonly processorSeconds: number;
  /** False where the time was over first. */
  readonly isComplete: boolean;
}

const everywhere = 100_000;
const compared = 2000;
/** Schedules between two lines of progress. */
const progressEvery = 20_000;

/** Complete within their bounds; the faults are in the scenario. */
const exhaustive: readonly (readonly [string, Scenario, { readonly depth: number; readonly deviations: number }])[] = [
  [
    "engine, cutover, abort: one deviation anywhere",
    scenario("two places", "http", ["engine", "cutover to s3", "abort"], 1),
    { depth: everywhere, deviations: 1 },
  ],
  [
    "the same on the way back",
    scenario("two places", "s3", ["engine", "cutover to http", "abort"], 1),
    { depth: everywhere, deviations: 1 },
  ],
  [
    "cutover, abort: two deviations anywhere",
    scenario("two places", "http", ["cutover to s3", "abort"], 2),
    { depth: everywhere, deviations: 2 },
  ],
  [
    "two engines at one object: two deviations anywhere",
    scenario("one object", "http", ["engine", "engine"], 2),
    { depth: everywhere, deviations: 2 },
  ],
  [
    "cutover twice, abort: four deviations, first 14 decisions",
    scenario("two places", "http", ["cutover to s3", "cutover to s3", "abort"], 2),
    { depth: 14, deviations: 4 },
  ],
];

async function bench(first: number, schedules: number, seconds: number): Promise<boolean> {
  const parts: Part[] = [];
  let brokenByHand = 0;
  let calls = 0;
  const part = async (
    name: string,
    limit: number,
    explore: (onRun: (outcome: Outcome) => boolean) => Promise<Findings>,
  ): Promise<void> => {
    process.stderr.write(`${name}\n`);
    const started = process.hrtime.bigint();
    const processor = process.cpuUsage();
    let isComplete = true;
    let runs = 0;
    const passed = () => Number(process.hrtime.bigint() - started) / 1e9;
    const findings = await explore((outcome) => {
      brokenByHand += outcome.brokenByHand;
      calls += outcome.calls.length;
      runs += 1;
      if (runs % progressEvery === 0) process.stderr.write(`  ${runs} schedules, ${passed().toFixed(0)} s\n`);
      isComplete = passed() < limit;
      return isComplete;
    });
    const used = process.cpuUsage(processor);
    parts.push({ name, findings, seconds: passed(), processorSeconds: (used.user + used.system) / 1e6, isComplete });
  };
  for (const [name, where, bounds] of exhaustive)
    await part(name, seconds / 4, (onRun) => exploreAll(where, bounds, { onRun }));
  await part(`random, seeds from ${first}`, seconds, (onRun) => exploreSeeds(first, schedules, { onRun }));
  const agreement = await comparePorcupine(first);
  process.stdout.write(
    `${report(parts)}\n${agreement}\n${calls} calls of clients in histories, all linearizable; ${brokenByHand} locks of dead cutovers given back by hand; ${cpus().length} cores, Node ${process.version}\n`,
  );
  return parts.every(({ findings }) => findings.failure === undefined);
}

/** Histories of these seeds, asked of our checker and of porcupine. */
async function comparePorcupine(first: number): Promise<string> {
  const histories: (readonly Call[])[] = [];
  await exploreSeeds(first, compared, { onRun: ({ calls }) => histories.push(calls) > 0 });
  try {
    const theirs = await askPorcupine(builtTool(porcupine), histories);
    const ours = histories.map((calls) => isLinearizable(calls, { id: "first", serial: 1 }));
    return `porcupine agrees on ${ours.filter((verdict, index) => verdict === theirs[index]).length} of ${ours.length} histories`;
  } catch (error) {
    return `porcupine was not asked: ${error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error)}`;
  }
}

function report(parts: readonly Part[]): string {
  const row = (cells: readonly string[]) =>
    cells.map((cell, index) => (index === 0 ? cell.padEnd(62) : cell.padStart(11))).join("");
  const lines = parts.map(({ name, findings, seconds, processorSeconds, isComplete }) =>
    row([
      name,
      String(findings.runs),
      String(findings.steps),
      `${seconds.toFixed(0)} s`,
      `${processorSeconds.toFixed(0)} s`,
      verdict(findings, isComplete),
    ]),
  );
  return [row(["", "schedules", "steps", "time", "processor", ""]), ...lines].join("\n");
}

function verdict({ failure }: Findings, isComplete: boolean): string {
  if (failure !== undefined)
    return `  VIOLATED (${failure.seed === undefined ? `decisions ${JSON.stringify(failure.decisions)}` : `seed ${failure.seed}`}): ${failure.outcome.violations.join("; ")}`;
  return isComplete ? "holds" : "time over";
}

const { values } = parseArgs({
  options: {
    bench: { type: "boolean" },
    seed: { type: "string", default: "1" },
    schedules: { type: "string", default: "1000000" },
    seconds: { type: "string", default: "2400" },
  },
});
bench(Number(values.seed), Number(values.schedules), Number(values.seconds)).then(
  (holds) => (process.exitCode = holds ? 0 : 1),
  (error: unknown) => {
    process.stderr.write(`${traceOf(error)}\n`);
    process.exitCode = 2;
  },
);
