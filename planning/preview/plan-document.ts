import { isRecord } from "../../lib/config/kind";
import { notAPlan } from "../refusals";
import { parsedJson } from "../../lib/json";

/**
 * The parts of `show -json PLAN` that are read here
 * (https://developer.hashicorp.com/terraform/internals/json-format). It holds secrets in clear: never printed as a whole.
 */
export interface PlanDocument {
  readonly planned_values?: { readonly root_module?: PlannedModule };
  readonly resource_changes?: readonly ResourceChange[];
  readonly resource_drift?: readonly ResourceChange[];
}

/**
 * Reads what `show -json PLAN` printed.
 * @throws UserError where it is something else: the engine is often a script around the engine, which may print lines of its own.
 */
export function readPlan(stdout: string, engine: string): PlanDocument {
  const document = parsedJson(stdout);
  if (!isRecord(document) || typeof document["format_version"] !== "string") throw notAPlan(engine, stdout);
  return document; // the engine's documented format
}

interface PlannedModule {
  readonly resources?: readonly PlannedResource[];
  readonly child_modules?: readonly PlannedModule[];
}

interface PlannedResource {
  readonly address: string;
  readonly mode: "managed" | "data";
  readonly type: string;
  readonly values: Readonly<Record<string, unknown>>;
}

export interface ResourceChange {
  readonly address: string;
  readonly previous_address?: string;
  /** The key of an object that a replacement left behind. */
  readonly deposed?: string;
  readonly mode: "managed" | "data";
  readonly type: string;
  readonly change: {
    readonly replace_paths?: readonly (readonly (string | number)[])[];
    readonly actions: readonly string[];
    /** Present where an `import` block takes it into the state. */
    readonly importing?: unknown;
    readonly before: unknown;
    readonly after: unknown;
    readonly after_unknown: unknown;
    readonly before_sensitive: unknown;
    readonly after_sensitive: unknown;
  };
}

/** The managed resources of a plan's outcome. Engines list what is forgotten among them, without values: left out. */
export function plannedResources(plan: PlanDocument): readonly PlannedResource[] {
  const walk = (module: PlannedModule | undefined): PlannedResource[] => [
    ...(module?.resources ?? []),
    ...(module?.child_modules ?? []).flatMap(walk),
  ];
  return walk(plan.planned_values?.root_module).filter(
    ({ mode, values }: Partial<PlannedResource>) => mode === "managed" && values !== undefined,
  );
}
