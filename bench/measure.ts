import { spawn } from "node:child_process";
import { existsSync } from "node:fs";

/** One command, measured several times. */
export interface Measurement {
  readonly name: string;
  /** Medians over the runs. */
  readonly seconds: number;
  /** What it kept a core busy for: the figure that a busy machine does not change much. Undefined as below. */
  readonly processorSeconds: number | undefined;
  /** Peak resident memory of the largest process, in MiB; undefined where /usr/bin/time is not GNU's. */
  readonly mebibytes: number | undefined;
}

export interface Command {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

const gnuTime = "/usr/bin/time";

/** Runs a command once unmeasured, so that caches are as warm as they stay, then `runs` times. @throws where it fails. */
export async function measure(command: Command, runs: number): Promise<Measurement> {
  await once(command);
  const samples = [];
  for (let run = 0; run < runs; run++) samples.push(await once(command));
  return {
    name: command.name,
    seconds: median(samples.map(({ seconds }) => seconds)) ?? NaN,
    processorSeconds: median(samples.flatMap(({ used }) => (used === undefined ? [] : [used.seconds]))),
    mebibytes: median(samples.flatMap(({ used }) => (used === undefined ? [] : [used.kilobytes / 1024]))),
  };
}

interface Sample {
  readonly seconds: number;
  /** What GNU time says. */
  readonly used: { readonly seconds: number; readonly kilobytes: number } | undefined;
}

function once({ name, program, args, cwd, env }: Command): Promise<Sample> {
  const timed = existsSync(gnuTime);
  const [first, ...rest] = timed ? [gnuTime, "-f", "used %U %S %M", program, ...args] : [program, ...args];
  return new Promise((resolve, reject) => {
    const start = process.hrtime.bigint();
    const child = spawn(first ?? program, rest, { cwd, env, stdio: ["ignore", "ignore", "pipe"] });
    let errors = "";
    child.stderr.on("data", (chunk) => (errors += String(chunk)));
    child.once("error", reject);
    child.once("close", (code) => {
      const seconds = Number(process.hrtime.bigint() - start) / 1e9;
      const [, user, system, kilobytes] = /^used (\S+) (\S+) (\d+)$/m.exec(errors) ?? [];
      if (code === 0)
        resolve({
          seconds,
          used:
            kilobytes === undefined
              ? undefined
              : { seconds: Number(user) + Number(system), kilobytes: Number(kilobytes) },
        });
      else reject(new Error(`${name} failed with ${String(code)}:\n${errors}`));
    });
  });
}

/** The middle one, or between the two; undefined of none. */
export function median(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2;
}
