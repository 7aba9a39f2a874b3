import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { runChild } from "../../lib/child";
import { type Code, refusal } from "../../lib/errors";
import { type ComparedPlan, type Side, type SideStack } from "./side";
import { parsedJson } from "../../lib/json";
import { sideNotPlanned, sideRefused, baseTooOld } from "./refusals";

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
  /** For the states that an apply of its plans leaves, by replay. @default the plans are not applied */
  readonly leaveStates?: string;
  /** A file of digests, as planInputs makes them: what this program synthesizes into one of them is not planned. @default all is planned */
  readonly alike?: string;
  /** The states that it plans on. @default none */
  readonly priorStates?: string;
  readonly engine: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly progress: (line: string) => void;
}

const text = z.string().optional();
const problem = z.object({
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- another version of the program may have codes that this one has not: they are passed on as they are
  code: z.string().transform((code) => code as Code),
  what: z.string(),
  file: text,
  line: z.number().optional(),
  key: text,
  expected: text,
  remedy: text,
});

const loss = z.object({
  address: z.string(),
  action: z.enum(["destroy", "replace"]),
  allowed: z.boolean(),
  refused: z.boolean(),
});

const unplanned = z.object({
  id: z.string().regex(/^[\w-]+$/),
  stack: z.string(),
  environment: z.string(),
  state: z.object({ backend: z.string(), location: z.string() }).nullable(),
  placeholders: z.array(z.string()),
  allow_destroy: z.array(z.string()),
  releases: z.array(z.string()),
});

/** What is read of `preview --json`. */
const document = z.object({
  stacks: z.array(unplanned.extend({ data_loss: z.array(loss), refused: z.array(problem) })),
  unplanned: z.array(unplanned).default([]),
});

const refusalDocument = z.object({ ok: z.literal(false), problems: z.array(problem) });

/**
 * What another checkout's program previews, from its own process.
 * @throws UserError where it refuses, with its own problems, and where it is too old to be asked.
 */
export async function runProgram(run: ProgramRun): Promise<Side> {
  const entry = join(run.program, "bin", "flywheel");
  if (!existsSync(entry)) throw baseTooOld(run, "it has no bin/flywheel");
  mkdirSync(run.documents, { recursive: true, mode: 0o700 });
  const { code, stdout, lastLine } = await runToEnd(run, entry);
  const said = parsedJson(stdout);
  const { success, data } = document.safeParse(said);
  const refused = refusalDocument.safeParse(said);
  // Wrong usage: it does not know what it is asked for.
  if (code === 2) throw baseTooOld(run, refused.data?.problems[0]?.what ?? lastLine);
  if (!success && refused.success) throw refusal([sideRefused(run.name), ...refused.data.problems]);
  if (!success) throw code === 1 ? sideNotPlanned(run.name, lastLine) : baseTooOld(run, lastLine);
  const stacks = data.stacks.map(({ data_loss, refused: why, ...stack }): SideStack => {
    const file = join(run.documents, `${stack.id}.json`);
    if (!existsSync(file)) throw baseTooOld(run, `it wrote no plan of ${stack.id}`);
    return {
      ...withoutPlan(stack),
      dataLoss: data_loss,
      refused: why,
      // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the engine's own plan, of which comparing reads what is there
      plan: JSON.parse(readFileSync(file, "utf8")) as ComparedPlan,
    };
  });
  return {
    stacks: [...stacks, ...data.unplanned.map(withoutPlan)],
    unplanned: new Set(data.unplanned.map(({ id }) => id)),
  };
}

function withoutPlan({ state, allow_destroy, ...stack }: z.infer<typeof unplanned>): SideStack {
  const place = state === null ? {} : { state };
  return { ...stack, ...place, allowDestroy: allow_destroy, dataLoss: [], refused: [], plan: {} };
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  /** Of what it told people: the error, or the last line. */
  readonly lastLine: string;
}

async function runToEnd(
  { name, folder, configuration, documents, engine, environment, progress, ids = [], ...states }: ProgramRun,
  entry: string,
): Promise<Ended> {
  const { exitCode, stdout, stderr } = await runChild({
    program: process.execPath,
    args: [
      ...[entry, "preview", ...ids, "--json", "--out", documents],
      ...(states.leaveStates === undefined ? [] : ["--leave-states", states.leaveStates]),
      ...(states.priorStates === undefined ? [] : ["--prior-states", states.priorStates]),
      ...(states.alike === undefined ? [] : ["--alike", states.alike]),
    ],
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
