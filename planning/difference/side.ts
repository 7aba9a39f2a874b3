import { location } from "../../lib/backend/contract";
import { type Problem } from "../../lib/errors";
import { type PlanDocument } from "../preview/plan-document";
import { type Preview, type UnplannedStack } from "../preview/preview";
import { type DataLoss } from "../preview/data-loss";

/** What a comparison reads of `show -json PLAN`, beyond what previews read. It holds secrets in clear. */
export interface ComparedPlan extends PlanDocument {
  readonly variables?: Readonly<Record<string, { readonly value?: unknown }>>;
  readonly configuration?: {
    readonly provider_config?: Readonly<
      Record<string, { readonly version_constraint?: string; readonly expressions?: unknown }>
    >;
    readonly root_module?: {
      readonly variables?: Readonly<Record<string, { readonly sensitive?: boolean; readonly default?: unknown }>>;
    };
  };
  readonly output_changes?: Readonly<
    Record<
      string,
      {
        readonly actions?: readonly string[];
        readonly before?: unknown;
        readonly before_sensitive?: unknown;
        readonly after?: unknown;
        readonly after_unknown?: unknown;
        readonly after_sensitive?: unknown;
      }
    >
  >;
}

/** Where a state is. */
export interface StatePlace {
  readonly backend: string;
  readonly location: string;
}

/** One stack as one side plans it: the base from no state, the head on what the base would have left. */
export interface SideStack {
  readonly id: string;
  readonly stack: string;
  readonly environment: string;
  /** Absent where nothing gives it an address. */
  readonly state?: StatePlace;
  /** Secrets that had no value. */
  readonly placeholders: readonly string[];
  /** Addresses that a plan may destroy although they hold data. */
  readonly allowDestroy: readonly string[];
  /** Addresses that are forgotten without being destroyed. */
  readonly releases: readonly string[];
  /** What holds data and goes. */
  readonly dataLoss: readonly DataLoss[];
  /** Why nobody may apply the plan. */
  readonly refused: readonly Problem[];
  readonly plan: ComparedPlan;
}

/** Everything one side of a comparison has. */
export interface Side {
  readonly stacks: readonly SideStack[];
  /** The ids of the stacks that both sides plan alike, and that neither has planned. @default none */
  readonly unplanned?: ReadonlySet<string>;
}

/** A side that plans nothing. */
export const emptySide: Side = { stacks: [] };

/** A preview as a side. */
export function sideOf(preview: Preview): Side {
  const stacks = preview.stacks.map((planned): SideStack => ({
    ...unplannedSide(planned),
    dataLoss: planned.dataLoss,
    refused: planned.refused,
    plan: planned.plan as ComparedPlan, // the engine's documented format
  }));
  return {
    stacks: [...stacks, ...preview.unplanned.map(unplannedSide)],
    unplanned: new Set(preview.unplanned.map(({ stack }) => stack.id)),
  };
}

/** A stack that both sides plan alike: without a plan, since there is no difference. */
export function unplannedSide({ stack, contract, placeholders, allowDestroy, releases }: UnplannedStack): SideStack {
  return {
    id: stack.id,
    stack: stack.stack,
    environment: stack.environment,
    ...(contract === undefined ? {} : { state: { backend: contract.type, location: location(contract) } }),
    placeholders,
    allowDestroy,
    releases,
    dataLoss: [],
    refused: [],
    plan: {},
  };
}
