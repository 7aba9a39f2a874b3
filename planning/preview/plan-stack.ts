import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Program, programOf } from "../../lib/addresses/program";
import { standings } from "../../lib/addresses/standing";
import { isRecord } from "../../lib/config/kind";
import { type ProgramInstance } from "../../lib/config/load";
import { diagnosticsIn, runEngine } from "../../lib/engine/run";
import { type Problem, type UserError, refusal } from "../../lib/errors";
import { dataLossOf, type DataLoss } from "./data-loss";
import { planEnvironment } from "./placeholders";
import { type PlannedAction, plannedActions } from "./actions";
import { type PlanDocument, readPlan } from "./plan-document";
import { type PlannedOn, type PriorState, readPriorState } from "./prior-state";
import { stateProblems } from "./state-problems";
import { planFailed, planFailedAt, wouldDestroyData } from "./refusals";

interface PlanRequest {
  readonly stack: ProgramInstance;
  /** Its synthesized folder, without a backend. */
  readonly folder: string;
  readonly engine: string;
  readonly environment: NodeJS.ProcessEnv;
  /** The variables that attach the replayed providers. */
  readonly replay: Readonly<Record<string, string>>;
  readonly allowDestroy: readonly string[];
  /** @default no state */
  readonly prior?: PriorState;
  /** Where to leave the state that an apply of the plan makes, by replay. @default the plan is not applied */
  readonly leave?: string;
}

/** One stack's plan. */
export interface StackPlan {
  readonly actions: readonly PlannedAction[];
  /** The engine's `show -json`, byte for byte. */
  readonly document: string;
  /** The same, read. */
  readonly plan: PlanDocument;
  readonly on?: PlannedOn;
  readonly dataLoss: readonly DataLoss[];
  /** Why nobody may apply it: what the state has and no plan may touch, and data that it would destroy. */
  readonly refused: readonly Problem[];
}

/**
 * Plans one stack in its folder. A plan that `prevent_destroy` refuses is made all the same, with the lifecycle lifted in the folder,
 * so that the whole change can be seen; `refused` has why it cannot be applied.
 * @throws UserError where the engine refuses for another reason.
 */
export async function planStack(request: PlanRequest): Promise<StackPlan> {
  const { stack, folder, environment, prior, allowDestroy } = request;
  const program = programOf(readSynthesized(folder));
  const { on, problems } = prior === undefined ? {} : placeState(request, program, prior);
  const env = { ...planEnvironment(stack, environment), ...request.replay };
  const run = (...args: readonly string[]) => runEngine({ engine: request.engine, folder, env, args, private: true });
  const planArguments = ["plan", "-input=false", "-lock=false", "-json", "-out=plan"];
  let planned = await run(...planArguments);
  if (planned.exitCode !== 0 && refusedForDataAlone(planned.stdout)) {
    liftProtection(folder);
    planned = await run(...planArguments);
  }
  if (planned.exitCode !== 0) throw failureOf(stack, planned.stdout, planned.stderr);
  const shown = await run("show", "-json", "plan");
  if (shown.exitCode !== 0) throw failureOf(stack, shown.stdout, shown.stderr);
  if (request.leave !== undefined) {
    const applied = await run("apply", "-input=false", "-lock=false", "-json", "plan");
    if (applied.exitCode !== 0) throw failureOf(stack, applied.stdout, applied.stderr);
    const state = join(folder, "terraform.tfstate");
    // A stack without resources leaves none.
    if (existsSync(state)) copyFileSync(state, request.leave);
  }
  const plan = readPlan(shown.stdout, request.engine);
  const actions = plannedActions(plan);
  const dataLoss = dataLossOf(stack, actions, program, allowDestroy);
  return {
    actions,
    document: shown.stdout,
    plan,
    ...(on === undefined ? {} : { on }),
    dataLoss,
    refused: [...(problems ?? []), ...dataProblems(stack, dataLoss, problems ?? [])],
  };
}

/** Puts the state where the engine finds it, and says what of it no plan may touch. */
function placeState(
  { stack, folder, allowDestroy }: PlanRequest,
  program: Program,
  { file, name, place }: PriorState,
): { readonly on: PlannedOn; readonly problems: readonly Problem[] } {
  const { text, serial } = readPriorState(file);
  writeFileSync(join(folder, "terraform.tfstate"), text, { mode: 0o600 });
  return {
    on: { name, serial, ...(place === undefined ? {} : { place }) },
    problems: stateProblems(stack, standings(JSON.parse(text), stack.stack, program), allowDestroy, file),
  };
}

function dataProblems(
  stack: ProgramInstance,
  losses: readonly DataLoss[],
  told: readonly Problem[],
): readonly Problem[] {
  const keys = new Set(told.map(({ key }) => key));
  return losses
    .filter(({ address, refused }) => refused && !keys.has(address))
    .map(({ address }) => wouldDestroyData(stack, address));
}

// Terraform says "Instance", OpenTofu "Resource instance".
const protectedInstance = /instance cannot be destroyed$/i;

function refusedForDataAlone(stdout: string): boolean {
  const errors = diagnosticsIn(stdout).filter(({ severity }) => severity === "error");
  return errors.length > 0 && errors.every(({ summary }) => protectedInstance.test(summary));
}

/** Lets a plan destroy what holds data, in this folder of ours: it is looked at and never applied to anything. */
function liftProtection(folder: string): void {
  const json = readSynthesized(folder);
  const lifted = (value: unknown): unknown => {
    if (!isRecord(value) || !isRecord(value["lifecycle"])) return value;
    const { prevent_destroy: _, ...lifecycle } = value["lifecycle"];
    return { ...value, lifecycle };
  };
  const resource = isRecord(json) ? mapped(json["resource"], (resources) => mapped(resources, lifted)) : undefined;
  writeFileSync(join(folder, "cdk.tf.json"), JSON.stringify({ ...(isRecord(json) ? json : {}), resource }));
}

function mapped(value: unknown, change: (inner: unknown) => unknown): unknown {
  return isRecord(value)
    ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, change(inner)]))
    : value;
}

function readSynthesized(folder: string): unknown {
  return JSON.parse(readFileSync(join(folder, "cdk.tf.json"), "utf8")) as unknown;
}

function failureOf(stack: ProgramInstance, stdout: string, stderr: string): UserError {
  const errors = diagnosticsIn(stdout).filter(({ severity }) => severity === "error");
  if (errors.length === 0) {
    return planFailed(stack.id, lastLine(stderr) ?? lastLine(stdout));
  }
  return refusal(
    errors.map(({ summary, detail, address }): Problem => {
      const where = address ?? /\b[a-z]\w*\.[\w-]+(\[[^\]]*\])?/.exec(detail)?.[0];
      return planFailedAt({ id: stack.id, where, summary, detail });
    }),
  );
}

function lastLine(text: string): string | undefined {
  return text.split("\n").findLast((line) => line.trim() !== "");
}
