import { parseArgs } from "node:util";
import { exploreSeeds } from "./explore";
import { runSeed } from "./run";
import { traceOf } from "../../lib/errors";

const usage = "usage: node bin/simulate.cjs [--seed N] [--schedules M] [--seconds S] [--trace], or --bench";

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: "string", default: "1" },
      schedules: { type: "string", default: "1" },
      seconds: { type: "string", default: "86400" },
      trace: { type: "boolean", default: false },
    },
  });
  const [seed, schedules] = [Number(values.seed), Number(values.schedules)];
  if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(schedules) || seed < 0 || schedules < 1)
    throw new TypeError("seed and schedules are whole numbers");
  const started = process.hrtime.bigint();
  let brokenByHand = 0;
  const passed = () => Number(process.hrtime.bigint() - started) / 1e9;
  const onRun = (outcome: { readonly brokenByHand: number }) => {
    brokenByHand += outcome.brokenByHand;
    return passed() < Number(values.seconds);
  };
  const findings = await exploreSeeds(seed, schedules, { onRun });
  const seconds = passed();
  if (findings.failure?.seed !== undefined || values.trace) {
    const failing = findings.failure?.seed ?? seed;
    const { scenario, trace, violations } = await runSeed(failing, { trace: true });
    process.stdout.write(`${JSON.stringify(scenario)}\n${trace.map((line) => `  ${line}\n`).join("")}`);
    for (const violation of violations) process.stdout.write(`violated: ${violation}\n`);
  }
  process.stdout.write(
    `${findings.runs} schedules, ${findings.steps} steps, ${seconds.toFixed(1)} s; ${brokenByHand} locks of dead cutovers given back by hand\n`,
  );
  if (findings.failure?.seed === undefined) return 0;
  process.stdout.write(
    `seed ${findings.failure.seed} breaks an invariant; again: node bin/simulate.cjs --seed ${findings.failure.seed} --trace\n`,
  );
  return 1;
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    const isUsage = error instanceof TypeError;
    process.stderr.write(`${isUsage ? `${error.message}\n${usage}` : traceOf(error)}\n`);
    process.exitCode = 2;
  },
);
