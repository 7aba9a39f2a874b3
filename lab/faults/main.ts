import { reportOf } from "../../lib/errors";
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

function valuesOf(args: readonly string[]): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (let index = 0; index < args.length; index += 1) {
    const name = args[index] ?? "";
    if (name === "--json" || name === "--soak") values.set(name, "yes");
    else values.set(name, args[++index] ?? "");
  }
  return values;
}

function parseSoak(values: ReadonlyMap<string, string>): SoakArguments | undefined {
  const [minutes, seed] = [Number(values.get("--minutes") ?? 10), Number(values.get("--seed") ?? 1)];
  const known = [...values.keys()].every((name) => ["--soak", "--minutes", "--seed", "--json"].includes(name));
  if (!known || !(minutes > 0) || !Number.isSafeInteger(seed)) return undefined;
  return { minutes, seed, json: values.has("--json") };
}

/** A week in so many minutes, in one world. */
async function runSoak({ minutes, seed, json }: SoakArguments): Promise<boolean> {
  const result = await withTemporaryFolder((folder) =>
    soak(week(minutes, seed), folder, (line) => process.stderr.write(`${line}\n`)),
  );
  process.stdout.write(json ? `${JSON.stringify(result, null, 2)}\n` : soakTable(result));
  return result.violations.length === 0;
}

function parse(values: ReadonlyMap<string, string>): Arguments | undefined {
  const plant = plants.find((name) => name === values.get("--plant"));
  const number = (name: string, standard: number) => Number(values.get(name) ?? standard);
  const [runs, seed, atOnce] = [number("--runs", 100), number("--seed", 1), number("--at-once", 4)];
  const known = [...values.keys()].every((name) =>
    ["--runs", "--seed", "--at-once", "--plant", "--json"].includes(name),
  );
  if (
    !known ||
    ![runs, seed, atOnce].every((value) => Number.isSafeInteger(value) && value > 0) ||
    (values.has("--plant") && plant === undefined)
  )
    return undefined;
  return { runs, seed, atOnce, json: values.has("--json"), ...(plant === undefined ? {} : { plant }) };
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

const values = valuesOf(process.argv.slice(2));
const parsedSoak = values.has("--soak") ? parseSoak(values) : undefined;
const parsed = values.has("--soak") ? undefined : parse(values);
const running = parsedSoak !== undefined ? runSoak(parsedSoak) : parsed !== undefined ? main(parsed) : undefined;
if (running === undefined) {
  process.stderr.write(usage);
  process.exitCode = 2;
} else {
  running.then(
    (ok) => (process.exitCode = ok ? 0 : 1),
    (error: unknown) => {
      process.stderr.write(`${reportOf(error)}\n`);
      process.exitCode = 1;
    },
  );
}
