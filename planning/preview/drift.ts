import { attributeChanges } from "../adoption/attribute-changes";
import { type PlanDocument } from "./plan-document";

/**
 * The addresses whose objects are not as the state has them, sorted: what an operator would fix. What providers read back as null, as
 * empty, or not at all is one and the same, and no drift; neither is what a cluster counts for itself.
 */
export function driftedAddresses(plan: PlanDocument): readonly string[] {
  return (plan.resource_drift ?? [])
    .filter(({ mode, change }) => mode === "managed" && change.actions.some((action) => action !== "no-op"))
    .filter(
      (resource) =>
        resource.change.after === null ||
        attributeChanges(resource).some(
          ({ path, before, after }) => !isBookkeeping(path) && !(isEmpty(before) && isEmpty(after)),
        ),
    )
    .map(({ address }) => address)
    .sort();
}

/** What a cluster counts for itself on an object, at each change of its status, too: nobody can fix it. */
export function isBookkeeping(path: string): boolean {
  return /^metadata\[0\]\.(generation|resource_version)$/.test(path);
}

function isEmpty(value: unknown): boolean {
  return (
    value === null ||
    value === undefined ||
    value === "" ||
    (typeof value === "object" && Object.keys(value).length === 0)
  );
}
