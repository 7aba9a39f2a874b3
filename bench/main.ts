import { cpus } from "node:os";
import { join } from "node:path";
import { startReplay } from "../planning/replay/server";
import { loadConfiguration } from "../lib/config/load";
import { findEngine } from "../lib/engine/find";
import { reportOf } from "../lib/errors";
import { withTemporaryFolder } from "../lib/files";
import { repositoryRoot } from "../lib/root";
import { synthesize } from "../stacks/synth";
import { withChanges } from "./changed";
import { type Live, liveRows } from "./live";
import { manyEnvironments } from "./many-environments";
import { type Command, measure } from "./measure";
import { report, type Row, type Wanted } from "./report";

const environments = 50;

/**
 * Measures synth and preview beside the engine's own plan of the same JSON, and commands where states live, in one run on one machine; asserts
 * nothing. `only`: the rows that it matches, and those that they are told over.
 */
async function bench(runs: number, only: RegExp): Promise<void> {
  const engine = findEngine();
  const config = join(repositoryRoot, "config");
  const configuration = loadConfiguration(config);
  await withTemporaryFolder(async (folder) => {
    const many = manyEnvironments(config, join(folder, "many"), environments);
    synthesize({ configuration, stacks: configuration.stacks, contracts: new Map(), folder: join(folder, "out") });
    const replay = await startReplay();
    const reattach = { TF_REATTACH_PROVIDERS: replay.reattach };
    const secrets = configuration.stacks.flatMap((stack) => [...stack.secrets]);
    let live: Live | undefined;
    const node = (name: string, env: NodeJS.ProcessEnv, ...args: readonly string[]): Command => ({
      name,
      program: process.execPath,
      args,
      cwd: folder,
      env: { ...environment(engine), ...env },
    });
    try {
      live = await liveRows(folder, engine, { ...reattach, ...valuesOf(secrets) });
      const liveOnes = live.rows;
      await withChanges(folder, async (checkouts) => {
        const here = { FLYWHEEL_CONFIG_DIR: config };
        const flywheel = join(repositoryRoot, "bin/flywheel");
        const synth = join(repositoryRoot, "bin/synth.cjs");
        const wanted: readonly (Wanted & { readonly command: Command })[] = [
          { command: node("node -e 0", here, "-e", "0") },
          {
            command: node("flywheel --help", here, flywheel, "--help"),
            over: "node -e 0",
            before: "+0.2 s",
            aim: "+0.1 s",
          },
          {
            command: node(`synth, all ${configuration.stacks.length} stacks`, here, synth),
            before: "1.0 s",
            aim: "0.8 s",
          },
          {
            command: node(
              `synth, ${loadConfiguration(many).stacks.length} stacks (${environments} environments)`,
              { FLYWHEEL_CONFIG_DIR: many },
              synth,
            ),
            before: "8.1 s",
            aim: "4 s",
          },
          ...configuration.stacks.flatMap(({ id, secrets }) => [
            { command: planOf(engine, id, secrets, join(folder, "out", "stacks", id), replay.reattach) },
            {
              command: node(`preview ${id}`, here, flywheel, "preview", id),
              over: `plan ${id}`,
              before: "+0.8 to 1.4 s",
              aim: "+0.5 s",
            },
          ]),
          ...[...checkouts].map(([name, checkout]) => ({
            command: {
              ...node(
                `preview --base, a change ${name}`,
                { FLYWHEEL_CONFIG_DIR: "config" },
                join(checkout, "bin/flywheel"),
                "preview",
                "--base",
                "HEAD",
              ),
              cwd: checkout,
            },
            before: "15 s",
            aim: "10 s",
          })),
          ...liveOnes,
        ];
        const asked = wanted.filter(({ command }) => only.test(command.name));
        const isAsked = (name: string) => asked.some(({ command, over }) => command.name === name || over === name);
        const rows: Row[] = [];
        for (const { command, ...row } of wanted.filter((one) => isAsked(one.command.name))) {
          process.stderr.write(`measuring ${command.name}\n`);
          rows.push({ ...row, measured: await measure(command, runs) });
        }
        const origin = `medians of ${runs} after one unmeasured; ${cpus().length} cores, Node ${process.version}`;
        process.stdout.write(`${report(rows)}\n${origin}\n`);
      });
    } finally {
      await live?.stop();
      await replay.close();
    }
  });
}

/** The engine's own plan of a synthesized folder. Its peak memory is the engine's; the replayed providers are in this process. */
function planOf(engine: string, id: string, secrets: ReadonlySet<string>, folder: string, reattach: string): Command {
  return {
    name: `plan ${id}`,
    program: engine,
    args: ["plan", "-input=false", "-lock=false"],
    cwd: folder,
    env: { ...environment(engine), ...valuesOf(secrets), TF_REATTACH_PROVIDERS: reattach },
  };
}

/** Something for each secret. */
function valuesOf(secrets: Iterable<string>): NodeJS.ProcessEnv {
  const value = (name: string) => (name === "database_url" ? "postgresql://u:p@localhost/attic" : "x".repeat(16));
  return Object.fromEntries([...secrets].map((name) => [`TF_VAR_${name}`, value(name)]));
}

function environment(engine: string): NodeJS.ProcessEnv {
  return { PATH: process.env["PATH"], HOME: process.env["HOME"], FLYWHEEL_ENGINE: engine, CHECKPOINT_DISABLE: "1" };
}

const [asked = "5", only = ""] = process.argv.slice(2);
const runs = Number(asked);
if (!Number.isInteger(runs) || runs < 1) {
  process.stderr.write(
    "usage: node bin/bench.cjs [RUNS [ROWS]]: a whole number from 1, and a regular expression of rows' names\n",
  );
  process.exitCode = 2;
} else {
  bench(runs, new RegExp(only)).catch((error: unknown) => {
    process.stderr.write(`${reportOf(error)}\n`);
    process.exitCode = 1;
  });
}
