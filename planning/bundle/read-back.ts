import { isRecord } from "../../lib/config/kind";
import { type Problem } from "../../lib/errors";
import { plannedResources, type PlanDocument, type ResourceChange } from "../preview/plan-document";
import { whatItDoes } from "./changes";
import { type Receipt } from "./receipt";
import {
  noStateAfterwards,
  objectMissing,
  olderAfterwards,
  otherLineageAfterwards,
  planNotEmpty,
  valueDiffers,
} from "./refusals";

/** What is not as it was planned, after an engine has said that it applied it. */
export function unhealthy(
  planned: PlanDocument,
  before: Receipt["state"],
  after: { readonly state: Receipt["state"]; readonly plan: PlanDocument },
): readonly Problem[] {
  return [
    ...stateProblems(planned, before, after.state),
    ...planProblems(after.plan),
    ...objectProblems(planned, after.plan),
  ];
}

function stateProblems(planned: PlanDocument, before: Receipt["state"], after: Receipt["state"]): readonly Problem[] {
  const { changes, outputs } = whatItDoes(planned);
  const changed = changes.length + outputs.length > 0;
  if (after === null) {
    if (!changed && before === null) return [];
    return [noStateAfterwards()];
  }
  if (before !== null && before.lineage !== after.lineage)
    return [otherLineageAfterwards(after.lineage, before.lineage)];
  const least = before === null ? 0 : before.serial + (changed ? 1 : 0);
  if (after.serial < least) return [olderAfterwards(after.serial, least)];
  return [];
}

function planProblems(plan: PlanDocument): readonly Problem[] {
  const { changes, drift, outputs } = whatItDoes(plan);
  return [
    ...changes.map(({ address, action }) => ({ address, what: action })),
    ...drift.map(({ address }) => ({ address, what: "drift" })),
    ...outputs.map((name) => ({ address: `output ${name}`, what: "change" })),
  ].map(({ address, what }) => planNotEmpty(what, address));
}

/** Each changed object has what the plan set; what only the apply told is not compared. */
function objectProblems(planned: PlanDocument, now: PlanDocument): readonly Problem[] {
  const values = new Map(plannedResources(now).map((resource) => [resource.address, resource.values]));
  return (planned.resource_changes ?? [])
    .filter(({ mode, change }) => mode === "managed" && change.after !== null && change.actions.some(isWrite))
    .flatMap(({ address, change }) => {
      const found = values.get(address);
      if (found === undefined) return [objectMissing(address)];
      return differing(change.after, found, change.after_unknown, "").map((path) => valueDiffers(address, path));
    });
}

function isWrite(action: ResourceChange["change"]["actions"][number]): boolean {
  return action === "create" || action === "update";
}

/** The paths where a planned value is another one now. Null is what a provider may fill in. */
function differing(planned: unknown, now: unknown, unknown: unknown, path: string): readonly string[] {
  if (unknown === true || planned === null || planned === undefined) return [];
  if (Array.isArray(planned)) {
    if (!Array.isArray(now) || now.length < planned.length) return [path];
    return planned.flatMap((item, index) =>
      differing(item, now[index], Array.isArray(unknown) ? unknown[index] : undefined, `${path}[${index}]`),
    );
  }
  if (isRecord(planned)) {
    if (!isRecord(now)) return [path];
    return Object.entries(planned).flatMap(([key, value]) =>
      differing(value, now[key], isRecord(unknown) ? unknown[key] : undefined, path === "" ? key : `${path}.${key}`),
    );
  }
  return planned === now ? [] : [path];
}
