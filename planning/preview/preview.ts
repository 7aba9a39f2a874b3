import { mkdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { findContracts, ledgerProblems, sharedPlaces } from "../../lib/backend/resolve";
import { type StateContract } from "../../lib/backend/contract";
import { type Configuration, type ProgramInstance } from "../../lib/config/load";
import { type Problem, refuseIfAny, UserError } from "../../lib/errors";
import { withTemporaryFolder, writeFileAtomically } from "../../lib/files";
import { withReplay } from "../replay/attach";
import { type RecordedProvider } from "../replay/schema";
import { synthesize } from "../../stacks/synth";
import { placeholdersFor } from "./placeholders";
import { planInputs } from "./plan-inputs";
import { planStack, type StackPlan } from "./plan-stack";
import { type PlanSummary, summarize } from "./actions";
import { type PriorState } from "./prior-state";

export interface PreviewOptions {
  readonly configuration: Configuration;
  readonly stacks: readonly ProgramInstance[];
  readonly engine: string;
  readonly environment: NodeJS.ProcessEnv;
  /** The states to plan on, by stack id. @default none: everything is new */
  readonly priorStates?: ReadonlyMap<string, PriorState>;
  /** A folder for the states that an apply of the plans leaves, by replay, as `<id>.tfstate`. @default the plans are not applied */
  readonly leaveStates?: string;
  /** Plan although flag and ledger disagree: a move plans before it has made them agree. @default false */
  readonly betweenPlaces?: boolean;
  /** What the providers are replayed from. @default what is recorded */
  readonly providers?: readonly RecordedProvider[];
  /**
   * Told what each stack's plan depends on, by its id, once all are synthesized; says which need no plan, and on which states the others are
   * planned. @default all are planned, on `priorStates`
   */
  readonly synthesized?: (inputs: ReadonlyMap<string, string>) => Promise<ToPlan>;
  /** Called once the first engines run: what can be done while they do. @default nothing */
  readonly meanwhile?: () => void;
  /** Told what happens, line by line. */
  readonly progress: (line: string) => void;
}

/** What is left to plan of what was synthesized. */
export interface ToPlan {
  /** The ids of stacks that need no plan. */
  readonly unplanned: ReadonlySet<string>;
  /** As in the options. */
  readonly priorStates?: ReadonlyMap<string, PriorState>;
}

/** What is known of a stack without its plan. */
export interface UnplannedStack {
  readonly stack: ProgramInstance;
  /** Where its state lives; absent where nothing gives it an address yet. */
  readonly contract?: StateContract;
  /** Secrets that a placeholder stands in for. */
  readonly placeholders: readonly string[];
  /** Addresses that `state.allow_destroy` lets a plan destroy. */
  readonly allowDestroy: readonly string[];
  /** Addresses that `state.release` forgets. */
  readonly releases: readonly string[];
}

/** What one stack's plan says. */
export interface StackPreview extends UnplannedStack, StackPlan {
  readonly summary: PlanSummary;
}

export interface Preview {
  readonly stacks: readonly StackPreview[];
  /** The stacks that were synthesized, and needed no plan. */
  readonly unplanned: readonly UnplannedStack[];
}

/**
 * Plans stacks by provider replay: no cluster, no credentials, no registry, no backend. Nothing is left behind.
 * @throws UserError for what synth refuses and for plans that fail; a missing state address is no obstacle.
 */
export async function preview(options: PreviewOptions): Promise<Preview> {
  const { configuration, stacks, environment } = options;
  const { contracts, problems } = await findContracts(configuration, stacks, environment);
  refuseIfAny([
    ...problems.filter(({ code }) => code !== "no-address" && code !== "one-address-for-many"),
    ...sharedPlaces(stacks, contracts),
    ...(options.betweenPlaces === true ? [] : ledgerProblems(configuration, stacks, contracts)),
  ]);
  const { allow_destroy, release } = configuration.organization.state;
  const known = (stack: ProgramInstance): UnplannedStack => {
    const contract = contracts.get(stack.id);
    return {
      stack,
      ...(contract === undefined ? {} : { contract }),
      placeholders: [...placeholdersFor(stack, environment).keys()],
      allowDestroy: allow_destroy[stack.id] ?? [],
      releases: [...(release[stack.id] ?? [])].sort(),
    };
  };
  return withTemporaryFolder(async (folder) => {
    // Without a backend the engine keeps to the folder, and needs no init.
    synthesize({ configuration, stacks, contracts: new Map(), folder });
    const { unplanned, ...on } = await toPlan(options, folder);
    const planned = { ...options, ...on, stacks: stacks.filter(({ id }) => !unplanned.has(id)) };
    const plans =
      planned.stacks.length === 0
        ? []
        : await withReplay((replay) => planAll(planned, folder, replay), options.providers);
    return {
      stacks: plans.map(({ stack, ...plan }) => ({ ...known(stack), ...plan, summary: summarize(plan.actions) })),
      unplanned: stacks.filter(({ id }) => unplanned.has(id)).map(known),
    };
  });
}

async function toPlan({ stacks, environment, synthesized }: PreviewOptions, folder: string): Promise<ToPlan> {
  if (synthesized === undefined) return { unplanned: new Set() };
  const inputs = (stack: ProgramInstance) =>
    planInputs(stack, readFileSync(join(folder, "stacks", stack.id, "cdk.tf.json"), "utf8"), environment);
  return synthesized(new Map(stacks.map((stack) => [stack.id, inputs(stack)])));
}

interface Planned extends StackPlan {
  readonly stack: ProgramInstance;
}

/** The plans, as many at once as there are processors. @throws UserError with the problems of all that fail. */
async function planAll(
  options: PreviewOptions,
  folder: string,
  replay: Readonly<Record<string, string>>,
): Promise<readonly Planned[]> {
  const { stacks, configuration, priorStates, leaveStates, engine, environment } = options;
  const results: (Planned | readonly Problem[] | undefined)[] = stacks.map(() => undefined);
  const planned = (stack: ProgramInstance) => {
    options.progress(`planning ${stack.id}`);
    return planStack({
      stack,
      folder: join(folder, "stacks", stack.id),
      engine,
      environment,
      replay,
      allowDestroy: configuration.organization.state.allow_destroy[stack.id] ?? [],
      prior: priorStates?.get(stack.id),
      leave: leaveStates === undefined ? undefined : join(leaveStates, `${stack.id}.tfstate`),
    });
  };
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < stacks.length; index = next++) {
      const stack = stacks[index];
      if (stack === undefined) return;
      results[index] = await planned(stack).then(
        (plan) => ({ stack, ...plan }),
        (error: unknown) => {
          if (error instanceof UserError) return error.problems;
          throw error;
        },
      );
    }
  };
  const workers = Array.from({ length: Math.min(availableParallelism(), stacks.length) }, worker);
  options.meanwhile?.();
  await Promise.all(workers);
  refuseIfAny(results.flatMap((result) => (Array.isArray(result) ? (result as readonly Problem[]) : [])));
  return results.filter((result): result is Planned => result !== undefined && !Array.isArray(result));
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
