import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { programOf } from "../../lib/addresses/program";
import { standings } from "../../lib/addresses/standing";
import { findContracts, ledgerProblems, sharedPlaces } from "../../lib/backend/resolve";
import { type StateContract } from "../../lib/backend/contract";
import { type Configuration, type StackInstance } from "../../lib/config/load";
import { diagnosticsIn, runEngine } from "../../lib/engine/run";
import { hermeticEnvironment } from "../../lib/engine/environment";
import { type Problem, refuseIfAny, UserError } from "../../lib/errors";
import { withTemporaryFolder, writeFileAtomically } from "../../lib/files";
import { withReplay } from "../replay/attach";
import { synthesize } from "../../stacks/synth";
import { collisions } from "./collisions";
import { placeholdersFor } from "./placeholders";
import { stateProblems, wouldDestroyData } from "./state-problems";
import { type PlanDocument, type PlannedAction, plannedActions, type PlanSummary, summarize } from "./plan-document";

export interface PreviewOptions {
  readonly configuration: Configuration;
  readonly stacks: readonly StackInstance[];
  readonly engine: string;
  readonly environment: NodeJS.ProcessEnv;
  /** A prior state to plan from, for one stack. @default no state */
  readonly stateFile?: string;
  /** What to do where the state has what no plan may touch: refuse, or plan all the same and tell. @default refuse */
  readonly stateProblems?: "refuse" | "tell";
  /** Plan although flag and ledger disagree: a move plans before it has made them agree. @default false */
  readonly betweenPlaces?: boolean;
  /** Told what happens, line by line. */
  readonly progress: (line: string) => void;
}

/** What one stack's plan says. */
export interface StackPreview {
  readonly stack: StackInstance;
  /** Where its state lives; absent where nothing gives it an address yet. */
  readonly contract?: StateContract;
  readonly actions: readonly PlannedAction[];
  readonly summary: PlanSummary;
  /** Secrets that had no value: a placeholder stood in. */
  readonly placeholders: readonly string[];
  /** Addresses that `state.allow_destroy` lets a plan destroy. */
  readonly allowDestroy: readonly string[];
  /** Where they were to be told: what the state has and no plan may touch. */
  readonly stateProblems: readonly Problem[];
  /** The engine's `show -json`, byte for byte. Holds what the engine holds, secrets included. */
  readonly document: string;
}

export interface Preview {
  readonly stacks: readonly StackPreview[];
  /** Objects that two of the stacks would own. */
  readonly collisions: readonly Problem[];
}

/**
 * Plans stacks by provider replay: no cluster, no credentials, no registry, no backend. Nothing is left behind.
 * @throws UserError for what synth refuses and for plans that fail; a missing state address is no obstacle.
 */
export async function preview(options: PreviewOptions): Promise<Preview> {
  const { configuration, stacks } = options;
  const { contracts, problems } = await findContracts(configuration, stacks, options.environment);
  refuseIfAny([
    ...problems.filter(({ code }) => code !== "no-address" && code !== "one-address-for-many"),
    ...sharedPlaces(stacks, contracts),
    ...(options.betweenPlaces === true ? [] : ledgerProblems(configuration, stacks, contracts)),
  ]);
  return withTemporaryFolder(async (folder) => {
    // Without a backend the engine keeps to the folder, and needs no init.
    synthesize({ configuration, stacks, contracts: new Map(), folder });
    const plans = await withReplay((replay) => planAll(options, folder, replay));
    const previews = plans.map(({ stack, plan, document, placeholders, stateProblems }): StackPreview => {
      const actions = plannedActions(plan);
      const contract = contracts.get(stack.id);
      return {
        stack,
        ...(contract === undefined ? {} : { contract }),
        actions,
        summary: summarize(actions),
        placeholders,
        allowDestroy: configuration.organization.state.allow_destroy[stack.id] ?? [],
        stateProblems,
        document,
      };
    });
    return { stacks: previews, collisions: collisions(plans) };
  });
}

interface Planned {
  readonly stack: StackInstance;
  readonly plan: PlanDocument;
  readonly document: string;
  readonly placeholders: readonly string[];
  readonly stateProblems: readonly Problem[];
}

async function planAll(
  options: PreviewOptions,
  folder: string,
  replay: Readonly<Record<string, string>>,
): Promise<readonly Planned[]> {
  const results: (Planned | readonly Problem[] | undefined)[] = options.stacks.map(() => undefined);
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < options.stacks.length; index = next++) {
      const stack = options.stacks[index];
      if (stack === undefined) return;
      options.progress(`planning ${stack.id}`);
      results[index] = await planOne(options, stack, join(folder, "stacks", stack.id), replay);
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), options.stacks.length) }, worker));
  refuseIfAny(results.flatMap((result) => (Array.isArray(result) ? (result as readonly Problem[]) : [])));
  return results.filter((result): result is Planned => result !== undefined && !Array.isArray(result));
}

async function planOne(
  options: PreviewOptions,
  stack: StackInstance,
  folder: string,
  replay: Readonly<Record<string, string>>,
): Promise<Planned | readonly Problem[]> {
  const { engine, environment, stateFile } = options;
  const problems = stateFile === undefined ? [] : prepareState(options, stack, folder, stateFile);
  if (problems.length > 0 && options.stateProblems !== "tell") return problems;
  const placeholders = placeholdersFor(stack, environment);
  const env = {
    ...hermeticEnvironment(stack, environment),
    ...Object.fromEntries([...placeholders].map(([name, value]) => [`TF_VAR_${name}`, value])),
    ...replay,
  };
  const planned = await runEngine({
    engine,
    folder,
    env,
    args: ["plan", "-input=false", "-lock=false", "-json", "-out=plan"],
  });
  if (planned.exitCode !== 0) return planProblems(stack, planned.stdout, planned.stderr);
  const shown = await runEngine({ engine, folder, env, args: ["show", "-json", "plan"] });
  if (shown.exitCode !== 0) return planProblems(stack, shown.stdout, shown.stderr);
  return {
    stack,
    plan: JSON.parse(shown.stdout) as PlanDocument,
    document: shown.stdout,
    placeholders: [...placeholders.keys()],
    stateProblems: problems,
  };
}

/** Puts the state where the engine finds it, and says what of it no plan may touch. */
function prepareState(
  { configuration }: PreviewOptions,
  stack: StackInstance,
  folder: string,
  stateFile: string,
): readonly Problem[] {
  const text = readState(stateFile);
  writeFileSync(join(folder, "terraform.tfstate"), text, { mode: 0o600 });
  const program = programOf(JSON.parse(readFileSync(join(folder, "cdk.tf.json"), "utf8")));
  return stateProblems(
    stack,
    standings(JSON.parse(text), stack.stack, program),
    configuration.organization.state.allow_destroy[stack.id] ?? [],
    stateFile,
  );
}

function readState(file: string): string {
  const refuse = (what: string): never => {
    throw new UserError({ code: "not-a-state", file, what, expected: "a state file, as `state pull` prints it" });
  };
  if (!existsSync(file)) return refuse("there is no such file");
  const text = readFileSync(file, "utf8");
  try {
    const state = JSON.parse(text) as { version?: unknown };
    if (state.version !== 4) return refuse(`its version is ${String(state.version)}`);
  } catch (error) {
    if (error instanceof UserError) throw error;
    return refuse("it is not JSON");
  }
  return text;
}

function planProblems(stack: StackInstance, stdout: string, stderr: string): readonly Problem[] {
  const errors = diagnosticsIn(stdout).filter(({ severity }) => severity === "error");
  if (errors.length === 0) {
    return [
      {
        code: "plan-failed",
        what: `the plan of ${stack.id} failed: ${lastLine(stderr) ?? lastLine(stdout) ?? "the engine said nothing"}`,
        expected: "a plan",
      },
    ];
  }
  return errors.map(({ summary, detail, address }): Problem => {
    const where = address ?? /\b[a-z]\w*\.[\w-]+(\[[^\]]*\])?/.exec(detail)?.[0];
    // Terraform says "Instance", OpenTofu "Resource instance".
    if (/instance cannot be destroyed$/i.test(summary)) return wouldDestroyData(stack, where);
    return {
      code: "plan-failed",
      what: `the plan of ${stack.id} failed${where === undefined ? "" : ` at ${where}`}: ${summary}`,
      expected: detail.split("\n")[0] ?? "a plan",
    };
  });
}

function lastLine(text: string): string | undefined {
  return text.split("\n").findLast((line) => line.trim() !== "");
}

/** Writes each plan's document to `<folder>/<id>.json`, for its owner's eyes only: it holds secrets. */
export function writeDocuments(result: Preview, folder: string): readonly string[] {
  mkdirSync(folder, { recursive: true });
  return result.stacks.map(({ stack, document }) => {
    const file = join(folder, `${stack.id}.json`);
    writeFileAtomically(file, document, 0o600);
    return file;
  });
}
