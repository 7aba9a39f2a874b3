import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { runChild } from "../../lib/child";
import { UserError } from "../../lib/errors";
import { type ComparedPlan, type Side } from "./side";

export interface ProgramRun {
  /** What messages call this side: a ref. */
  readonly name: string;
  /** The checkout whose program runs. */
  readonly program: string;
  /** Where it runs, and the configuration's folder as seen from there. */
  readonly folder: string;
  readonly configuration: string;
  /** The stacks to plan. @default all */
  readonly ids?: readonly string[];
  /** For its plan documents, which hold secrets: a private folder that does not exist yet. */
  readonly documents: string;
  readonly engine: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly progress: (line: string) => void;
}

const move = z.object({ from: z.string(), to: z.string() });
const text = z.string().optional();
const problem = z.object({
  code: z.string(),
  what: z.string(),
  file: text,
  line: z.number().optional(),
  key: text,
  expected: text,
  remedy: text,
});

/** What is read of `preview --json`; moves and releases are told since there is a `preview --base`. */
const document = z.object({
  stacks: z.array(
    z.object({
      id: z.string().regex(/^[\w-]+$/),
      stack: z.string(),
      environment: z.string(),
      state: z.object({ backend: z.string(), location: z.string() }).nullable(),
      placeholders: z.array(z.string()),
      allow_destroy: z.array(z.string()),
      moves: z.array(move).optional(),
      releases: z.array(z.string()).optional(),
    }),
  ),
  collisions: z.array(problem),
});

const refusal = z.object({ ok: z.literal(false), problems: z.array(problem) });

/**
 * What another checkout's program previews, from its own process.
 * @throws UserError where it refuses, with its own problems, and where it is too old to be asked. `needsMoves`: it is the head's side.
 */
export async function runProgram(run: ProgramRun, needsMoves = false): Promise<Side> {
  const entry = join(run.program, "bin", "flywheel");
  if (!existsSync(entry)) throw tooOld(run, "it has no bin/flywheel");
  mkdirSync(run.documents, { mode: 0o700 });
  const { code, stdout, lastLine } = await runToEnd(run, entry);
  const said = parsed(stdout);
  const refused = refusal.safeParse(said);
  // Wrong usage: it does not know what it is asked for.
  if (code === 2) throw tooOld(run, refused.data?.problems[0]?.what ?? lastLine);
  if (refused.success)
    throw new UserError([
      { code: "side-not-planned", what: `${run.name} cannot be previewed`, expected: "a plan of both sides" },
      ...refused.data.problems,
    ]);
  const { success, data } = document.safeParse(said);
  if (!success)
    throw code === 1
      ? new UserError({
          code: "side-not-planned",
          what: `${run.name} cannot be previewed: ${lastLine}`,
          expected: "a plan of both sides",
        })
      : tooOld(run, lastLine);
  if (needsMoves && data.stacks.some(({ moves }) => moves === undefined))
    throw tooOld(run, "it does not tell its moved blocks");
  const stacks = data.stacks.map(
    ({ id, stack, environment, state, placeholders, allow_destroy, moves = [], releases = [] }) => {
      const file = join(run.documents, `${id}.json`);
      if (!existsSync(file)) throw tooOld(run, `it wrote no plan of ${id}`);
      return {
        id,
        stack,
        environment,
        ...(state === null ? {} : { state }),
        placeholders,
        allowDestroy: allow_destroy,
        moves,
        releases,
        plan: JSON.parse(readFileSync(file, "utf8")) as ComparedPlan,
      };
    },
  );
  return { stacks, collisions: data.collisions };
}

function tooOld({ name }: ProgramRun, why: string): UserError {
  return new UserError({
    code: "base-too-old",
    what: `the program at ${name} cannot preview for a comparison: ${why}`,
    expected: "a program with `flywheel preview --json --out DIR`",
    remedy: "Compare with a later ref",
  });
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  /** Of what it told people: the error, or the last line. */
  readonly lastLine: string;
}

async function runToEnd(
  { name, folder, configuration, documents, engine, environment, progress, ids = [] }: ProgramRun,
  entry: string,
): Promise<Ended> {
  const { exitCode, stdout, stderr } = await runChild({
    program: process.execPath,
    args: [entry, "preview", ...ids, "--json", "--out", documents],
    folder,
    env: { ...environment, FLYWHEEL_CONFIG_DIR: configuration, FLYWHEEL_ENGINE: engine },
    onStderr: (text) => {
      for (const line of text.split("\n")) if (line.startsWith("planning ")) progress(`${name}: ${line}`);
    },
  });
  const lines = stderr.trim().split("\n");
  return {
    code: exitCode,
    stdout,
    lastLine: lines.find((line) => line.startsWith("error: ")) ?? lines.at(-1) ?? "",
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
