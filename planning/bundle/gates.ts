import { type BesideState } from "../../authority/lease/beside-state";
import { refuseFrozen } from "../../authority/lease/freeze";
import { type Gate } from "../../authority/lease/schema";
import { type Configuration, type StackInstance } from "../../lib/config/load";
import { readScope, scopeFile } from "../../lib/config/scope";
import { type PlanDocument } from "../preview/plan-document";
import { fromInside, ownPlace } from "../scope/inside";
import { outsideScope, standsOn } from "../scope/refusals";
import { outside } from "../scope/scope";
import { engineVersion } from "../../lib/engine/version";
import { refuseUnlessProvidersLocked, refuseUnlessRequired, type Requirement } from "../approval/requirements";
import { whatItDoes } from "./changes";
import { type ClosedBundle } from "./open";
import { type Session } from "./session";
import { type Broken } from "./submit";

export interface GateOptions {
  readonly configuration: Configuration;
  readonly stack: StackInstance;
  readonly broken?: Broken;
  readonly environment: NodeJS.ProcessEnv;
  readonly tell: (line: string) => void;
  /** What must hold beside what `state.require` names. @default nothing */
  readonly alsoRequired?: readonly Requirement[];
}

/** Whether a condition holds for this run; where it is lifted, that is told. */
function holds({ broken, tell }: Pick<GateOptions, "broken" | "tell">, gate: Gate): boolean {
  if (broken?.gates.includes(gate) !== true) return true;
  tell(`${gate}: lifted (--break-glass): ${broken.why}`);
  return false;
}

/** Holds a run against `state.require`; `reviewed` is the bundle that is applied, where there is one. @throws UserError for what does not hold. */
export async function requiredGate(
  options: GateOptions,
  reviewed?: { readonly bundle: ClosedBundle; readonly pullRequest?: string; readonly makers: readonly string[] },
): Promise<void> {
  const { bundle, ...people } = reviewed ?? {};
  await refuseUnlessRequired({
    ...options,
    receipt:
      bundle === undefined
        ? undefined
        : { receiptFile: bundle.receiptFile, receipt: bundle.receipt, bytes: bundle.receiptBytes, ...people },
    counts: (requirement) => holds(options, requirement),
  });
}

/** The same, for what only a synthesized stack tells. */
export async function providersGate(options: GateOptions, { runner }: Session): Promise<void> {
  if (options.configuration.organization.state.require.length + (options.alsoRequired ?? []).length === 0) return;
  const { name } = await engineVersion(runner.engine, runner.folder, runner.env);
  refuseUnlessProvidersLocked(
    { ...options, counts: (requirement) => holds(options, requirement) },
    runner.folder,
    name,
  );
}

/** @throws UserError `frozen`, unless that is lifted. */
export async function frozenGate(options: GateOptions, beside: BesideState): Promise<void> {
  if (holds(options, "freeze")) await refuseFrozen([beside.freeze, beside.freezeAll], new Date());
}

/**
 * Holds a plan, of `receiptFile` where it has one, against the stack's scope, where `scoped`, and against what it stands on. Near misses are told.
 * @throws UserError `outside-scope`, `stands-on`, unless that is lifted.
 */
export function planGates(options: GateOptions, plan: PlanDocument, scoped: boolean, receiptFile?: string): void {
  const { configuration, stack } = options;
  if (scoped && holds(options, "scope")) {
    const found = outside(whatItDoes(plan), readScope(configuration, stack.id));
    if (found.length > 0) throw outsideScope(stack.id, scopeFile(configuration, stack.id), found, receiptFile);
  }
  if (holds(options, "stands-on")) lookFromInside(options, plan);
}

type Ground = Pick<GateOptions, "configuration" | "stack" | "environment" | "tell">;

/** Whether there is anything that a plan of this stack must not touch: `state.stands_on` names it, or this process is in a cluster. */
export function standsOnAnything({ configuration, stack, environment }: Ground): boolean {
  const patterns = configuration.organization.state.stands_on[stack.id] ?? [];
  return patterns.length > 0 || ownPlace(environment) !== undefined;
}

/** Holds a plan against what the state and this very job stand on. Near misses are told. @throws UserError `stands-on`. */
export function lookFromInside({ configuration, stack, environment, tell }: Ground, plan: PlanDocument): void {
  const patterns = configuration.organization.state.stands_on[stack.id] ?? [];
  const { refused, near } = fromInside(plan, patterns, ownPlace(environment));
  for (const { address, why } of near) tell(`warning: ${address} is close to what this job stands on: ${why}`);
  if (refused.length > 0) throw standsOn(stack.id, refused);
}
