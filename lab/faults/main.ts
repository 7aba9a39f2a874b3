import { UserError } from "../../lib/errors";
import { plants, type Plant } from "./plants";
import { asMarkdown, summaryOf } from "./report";
import { faultRun, type RunResult } from "./run";
import { openGround } from "./world";

interface Arguments {
  readonly runs: number;
  readonly seed: number;
  readonly atOnce: number;
  readonly json: boolean;
  readonly plant?: Plant;
}

const usage = `usage: node bin/faults.cjs [--runs N] [--seed S] [--at-once N] [--plant NAME] [--json]
  run N uses the seed S + N - 1, so a failing one is repeated by --runs 1 --seed <its seed>
  --plant: ${plants.map((name) => `"${name}"`).join(", ")}\n`;

function parse(args: readonly string[]): Arguments | undefined {
  const values = new Map<string, string>();
  for (let index = 0; index < args.length; index += 1) {
    const name = args[index] ?? "";
    if (name === "--json") values.set(name, "yes");
    else values.set(name, args[++index] ?? "");
  }
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

const parsed = parse(process.argv.slice(2));
if (parsed === undefined) {
  process.stderr.write(usage);
  process.exitCode = 2;
} else {
  main(parsed).then(
    (ok) => (process.exitCode = ok ? 0 : 1),
    (error: unknown) => {
      process.stderr.write(
        error instanceof UserError
          ? `${error.message}\n`
          : `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
      );
      process.exitCode = 1;
    },
  );
}
