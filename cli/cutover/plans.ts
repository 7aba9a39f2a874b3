import { join } from "node:path";
import { type Configuration, type ProgramInstance } from "../../lib/config/load";
import { findEngine } from "../../lib/engine/find";
import { UserError } from "../../lib/errors";
import { withTemporaryFolder, writeFileAtomically } from "../../lib/files";
import { type PlannedAction, summarize, summaryText } from "../../planning/preview/actions";
import { preview } from "../../planning/preview/preview";

/** What a plan on a state does, resource by resource; or the words with which it was refused. */
export type MovePlan =
  | { readonly actions: readonly PlannedAction[]; /** Of the state that it was made on. */ readonly serial?: number }
  | { readonly refused: string };

/** Makes the plans before and after a move, on the state's bytes: neither place is touched by it. */
export interface Planner {
  /** How reports call it. */
  readonly kind: "by replay" | "by the real providers" | "not made here";
  /** Undefined where none is made. @throws UserError where a plan is needed and cannot be made. */
  plan(configuration: Configuration, bytes: Buffer): Promise<MovePlan | undefined>;
}

/** For a folder of HCL: what it plans, only its own engine tells, before a move and after it. */
export const noPlanner: Planner = { kind: "not made here", plan: () => Promise.resolve(undefined) };

/** Plans by provider replay, which needs nothing. A plan that is refused is its refusal: it should be the same afterwards. */
export function replayPlanner(stack: ProgramInstance): Planner {
  return {
    kind: "by replay",
    plan: (configuration, bytes) =>
      withTemporaryFolder(async (folder) => {
        const stateFile = join(folder, "state.json");
        writeFileAtomically(stateFile, bytes, 0o600);
        try {
          const { stacks } = await preview({
            configuration,
            stacks: [stack],
            engine: findEngine(),
            environment: process.env,
            priorStates: new Map([[stack.id, { file: stateFile, name: "the state's bytes" }]]),
            betweenPlaces: true,
            progress: () => undefined,
          });
          const [planned] = stacks;
          return planned === undefined ? { actions: [] } : { actions: planned.actions, ...serialOf(planned.on) };
        } catch (error) {
          if (error instanceof UserError) return { refused: error.message };
          throw error;
        }
      }),
  };
}

/** The serial where there is a state. */
function serialOf(on: { readonly serial: number } | undefined): { readonly serial?: number } {
  return on === undefined ? {} : { serial: on.serial };
}

/** `add kubernetes_namespace.runners (was ...)`. */
function asLine({ action, address, previousAddress }: PlannedAction): string {
  return `${action} ${address}${previousAddress === undefined ? "" : ` (was ${previousAddress})`}`;
}

/** What became of the plan of a stack by a move. */
interface Comparison {
  readonly equal: boolean;
  readonly text: string;
}

/**
 * Plans once more after a move, and compares what the two plans do. Without the first there is nothing to compare. That the second
 * cannot be made is a difference: the move is complete, and nobody has shown yet that the plan is the same.
 */
export async function compareAfter(
  id: string,
  planner: Planner,
  before: MovePlan | undefined,
  planAfter: () => Promise<MovePlan | undefined>,
): Promise<Comparison> {
  if (planner.kind === "not made here")
    return { equal: true, text: `plan of ${id}: not compared, only its own engine can make it: flywheel plan ${id}` };
  if (before === undefined)
    return { equal: true, text: `${planSubject(id, planner)}: nothing to compare with, the state had moved already` };
  const subject = planSubject(id, planner, before);
  const first = asText(before);
  const second = await planAfter().then(asText, (error: unknown) => {
    if (error instanceof UserError) return `none: ${error.message}`;
    throw error;
  });
  if (first !== second) return { equal: false, text: `${subject}\nbefore:\n${first}\nafter:\n${second}` };
  return { equal: true, text: `${subject}: the same before and after (${summary(before)})` };
}

/** `plan of attic, by replay on the state's bytes, serial 41`. */
export function planSubject(id: string, { kind }: Planner, plan?: MovePlan): string {
  const serial = plan === undefined || "refused" in plan ? undefined : plan.serial;
  return `plan of ${id}, ${kind} on the state's bytes${serial === undefined ? "" : `, serial ${serial}`}`;
}

/** `empty`, `1 change, 32 moved`. */
export function summary(plan: MovePlan): string {
  if ("refused" in plan) return `refused: ${plan.refused.split("\n")[0] ?? ""}`;
  const summary = summarize(plan.actions);
  return Object.values(summary).every((count) => count === 0) ? "empty" : summaryText(summary);
}

function asText(plan: MovePlan | undefined): string {
  if (plan === undefined) return "no state";
  return "refused" in plan ? plan.refused : plan.actions.map(asLine).join("\n");
}
