import { parseArgs } from "node:util";
import { messageOf, reportOf } from "../../lib/errors";
import { plants, type Plant } from "./plants";
import { asMarkdown, summaryOf } from "./report";
import { faultRun, type RunResult } from "./run";
import { withTemporaryFolder } from "../../lib/files";
import { week } from "../soak/profile";
import { soakTable } from "../soak/report";
import { soak } from "../soak/soak";
import { openGround } from "./world";

interface Arguments {
  readonly runs: number;
  readonly seed: number;
  readonly atOnce: number;
  readonly json: boolean;
  readonly plant?: Plant;
}

interface SoakArguments {
  readonly minutes: number;
  readonly seed: number;
  readonly json: boolean;
}

const usage = `usage: node bin/faults.cjs [--runs N] [--seed S] [--at-once N] [--plant NAME] [--json]
  run N uses the seed S + N - 1, so a failing one is repeated by --runs 1 --seed <its seed>
       node bin/faults.cjs --soak [--minutes M] [--seed S] [--json]      a week of eight states in M minutes (10)
  --plant: ${plants.map((name) => `"${name}"`).join(", ")}\n`;

const text = { type: "string" } as const;
const flag = { type: "boolean", default: false } as const;

/** What is asked for. @throws Error for anything else than the usage says. */
function parse(args: string[]): Arguments | SoakArguments {
  if (args.includes("--soak")) {
    const { values } = parseArgs({ args, options: { soak: flag, minutes: text, seed: text, json: flag } });
    return { minutes: positive(values.minutes, 10), seed: whole(values.seed, 1), json: values.json };
  }
  const { values } = parseArgs({ args, options: { runs: text, seed: text, "at-once": text, plant: text, json: flag } });
  const plant = plants.find((name) => name === values.plant);
  if (values.plant !== undefined && plant === undefined) throw new TypeError(`there is no plant "${values.plant}"`);
  return {
    runs: whole(values.runs, 100),
    seed: whole(values.seed, 1),
    atOnce: whole(values["at-once"], 4),
    json: values.json,
    ...(plant === undefined ? {} : { plant }),
  };
}

function whole(given: string | undefined, standard: number): number {
  const value = positive(given, standard);
  if (!Number.isSafeInteger(value)) throw new TypeError(`${value} is no whole number`);
  return value;
}

function positive(given: string | undefined, standard: number): number {
  const value = Number(given ?? standard);
  if (!(value > 0)) throw new TypeError(`${given ?? ""} is no number above 0`);
  return value;
}

/** A week in so many minutes, in one world. */
async function runSoak({ minutes, seed, json }: SoakArguments): Promise<boolean> {
  const result = await withTemporaryFolder((folder) =>
    soak(week(minutes, seed), folder, (line) => process.stderr.write(`${line}\n`)),
  );
  process.stdout.write(json ? `${JSON.stringify(result, null, 2)}\n` : soakTable(result));
  return result.violations.length === 0;
}

/** Seeded runs, some at once, each in a world of its own over one MinIO. */
async function main({ runs, seed, atOnce, json, plant }: Arguments): Promise<boolean> {
  const started = process.hrtime.bigint();
  const ground = await openGround();
  const results: RunResult[] = [];
  try {
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < runs) {
        const result = await faultRun(ground, seed + next++, plant);
        results.push(result);
        if (result.violations.length > 0)
          process.stderr.write(`seed ${result.seed}: ${result.violations.join("; ")}\n`);
        else if (results.length % 50 === 0) process.stderr.write(`${results.length} of ${runs}\n`);
      }
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, runs) }, lane));
  } finally {
    await ground.close();
  }
  const summary = summaryOf(results, Number(process.hrtime.bigint() - started) / 1e9, plant);
  process.stdout.write(json ? `${JSON.stringify(summary, null, 2)}\n` : asMarkdown(summary));
  return summary.failed.length === 0;
}

let asked: Arguments | SoakArguments | undefined;
try {
  asked = parse(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n${usage}`);
  process.exitCode = 2;
}
if (asked !== undefined)
  ("minutes" in asked ? runSoak(asked) : main(asked)).then(
    (ok) => (process.exitCode = ok ? 0 : 1),
    (error: unknown) => {
      process.stderr.write(`${reportOf(error)}\n`);
      process.exitCode = 1;
    },
  );
