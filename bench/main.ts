import { cpus } from "node:os";
import { join } from "node:path";
import { startReplay } from "../planning/replay/server";
import { loadConfiguration } from "../lib/config/load";
import { findEngine } from "../lib/engine/find";
import { UserError } from "../lib/errors";
import { withTemporaryFolder } from "../lib/files";
import { repositoryRoot } from "../lib/root";
import { synthesize } from "../stacks/synth";
import { manyEnvironments } from "./many-environments";
import { type Command, measure, type Measurement } from "./measure";

const environments = 50;

/** Measures synth and preview beside the engine's own plan of the same JSON, in one run on one machine; asserts nothing. */
async function bench(runs: number): Promise<void> {
  const engine = findEngine();
  const config = join(repositoryRoot, "config");
  const configuration = loadConfiguration(config);
  await withTemporaryFolder(async (folder) => {
    const many = manyEnvironments(config, join(folder, "many"), environments);
    synthesize({ configuration, stacks: configuration.stacks, contracts: new Map(), folder: join(folder, "out") });
    const replay = await startReplay();
    const node = (name: string, env: NodeJS.ProcessEnv, ...args: readonly string[]): Command => ({
      name,
      program: process.execPath,
      args,
      cwd: folder,
      env: { ...environment(engine), ...env },
    });
    try {
      const here = { FLYWHEEL_CONFIG_DIR: config };
      const commands = [
        node(`synth, all ${configuration.stacks.length} stacks`, here, join(repositoryRoot, "bin/synth.cjs")),
        node(
          `synth, ${loadConfiguration(many).stacks.length} stacks (${environments} environments)`,
          { FLYWHEEL_CONFIG_DIR: many },
          join(repositoryRoot, "bin/synth.cjs"),
        ),
        ...configuration.stacks.flatMap(({ id, secrets }) => [
          node(`preview ${id}`, here, join(repositoryRoot, "bin/flywheel"), "preview", id),
          planOf(engine, id, secrets, join(folder, "out", "stacks", id), replay.reattach),
        ]),
      ];
      const measurements: Measurement[] = [];
      for (const command of commands) {
        process.stderr.write(`measuring ${command.name}\n`);
        measurements.push(await measure(command, runs));
      }
      process.stdout.write(`${report(measurements, runs)}\n`);
    } finally {
      await replay.close();
    }
  });
}

/** The engine's own plan of a synthesized folder. Its peak memory is the engine's; the replayed providers are in this process. */
function planOf(engine: string, id: string, secrets: ReadonlySet<string>, folder: string, reattach: string): Command {
  const values = Object.fromEntries(
    [...secrets].map((name) => [
      `TF_VAR_${name}`,
      name === "database_url" ? "postgresql://u:p@localhost/attic" : "x".repeat(16),
    ]),
  );
  return {
    name: `plan ${id}`,
    program: engine,
    args: ["plan", "-input=false", "-lock=false"],
    cwd: folder,
    env: { ...environment(engine), ...values, TF_REATTACH_PROVIDERS: reattach },
  };
}

function environment(engine: string): NodeJS.ProcessEnv {
  return { PATH: process.env["PATH"], HOME: process.env["HOME"], FLYWHEEL_ENGINE: engine, CHECKPOINT_DISABLE: "1" };
}

/** A table of medians; a preview's ratio is to the plan of the same stack, which follows it. */
function report(measurements: readonly Measurement[], runs: number): string {
  const rows = measurements.map(({ name, seconds, processorSeconds, mebibytes }, index): readonly string[] => {
    const plan = name.startsWith("preview") ? measurements[index + 1] : undefined;
    const ratio = plan === undefined ? "" : `${(seconds / plan.seconds).toFixed(1)} x`;
    return [
      name,
      `${seconds.toFixed(2)} s`,
      processorSeconds === undefined ? "?" : `${processorSeconds.toFixed(2)} s`,
      mebibytes === undefined ? "?" : `${mebibytes.toFixed(0)} MiB`,
      ratio,
    ];
  });
  const table = [["", "time", "processor", "peak", "to plan"], ...rows].map(([name = "", ...cells]) =>
    [name.padEnd(36), ...cells.map((cell) => cell.padStart(9))].join(" ").trimEnd(),
  );
  const origin = `medians of ${runs} after one unmeasured; ${cpus().length} cores, Node ${process.version}`;
  return [...table, origin].join("\n");
}

const [asked = "5"] = process.argv.slice(2);
const runs = Number(asked);
if (!Number.isInteger(runs) || runs < 1) {
  process.stderr.write("usage: node bin/bench.cjs [RUNS], a whole number from 1\n");
  process.exitCode = 2;
} else {
  bench(runs).catch((error: unknown) => {
    process.stderr.write(
      error instanceof UserError
        ? `${error.message}\n`
        : `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exitCode = 1;
  });
}
