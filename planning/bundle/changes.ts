import { attributeChanges } from "../adoption/attribute-changes";
import { canonicalJson } from "../../lib/backend/contract-document";
import { actionOf, isShown } from "../preview/actions";
import { type PlanDocument, type ResourceChange } from "../preview/plan-document";
import { driftedAddresses, isBookkeeping } from "../preview/drift";
import { type ReceiptChange } from "./receipt";

/** What a plan does, as its receipt tells it: no value. */
export interface WhatItDoes {
  readonly changes: readonly ReceiptChange[];
  readonly drift: readonly ReceiptChange[];
  readonly outputs: readonly string[];
}

interface Outputs {
  readonly output_changes?: Readonly<Record<string, { readonly actions: readonly string[] }>>;
}

/** What this plan does. Resources by address; outputs by name. */
export function whatItDoes(document: PlanDocument & Outputs): WhatItDoes {
  const drifted = new Set(driftedAddresses(document));
  return {
    changes: managed(document.resource_changes).map(receiptChange).filter(isTold).sort(byAddress),
    drift: managed(document.resource_drift)
      .filter(({ address }) => drifted.has(address))
      .map(receiptChange)
      .sort(byAddress),
    outputs: Object.entries(document.output_changes ?? {})
      .filter(([, { actions }]) => actions.some((action) => action !== "no-op"))
      .map(([name]) => name)
      .sort(),
  };
}

/**
 * What a plan does with its values, by address, in a form in which equal changes are equal texts: what differs between before and after, since
 * what stays as it is may be a server's own count of versions. It holds secrets: it is compared, and goes nowhere.
 */
function normalisedChanges(document: PlanDocument & Outputs): ReadonlyMap<string, string> {
  const drifted = new Set(driftedAddresses(document));
  const texts = (kind: string, resources: readonly ResourceChange[]) =>
    resources.map((resource): [string, string] => {
      const { address, previous_address, deposed, change } = resource;
      const isGone = change.after === null;
      const does = {
        previous_address,
        actions: change.actions,
        importing: change.importing,
        replace_paths: change.replace_paths,
        attributes: isGone ? [] : attributeChanges(resource).filter(({ path }) => !isBookkeeping(path)),
      };
      return [`${kind}${address}${deposed === undefined ? "" : ` (deposed ${deposed})`}`, canonicalJson(does)];
    });
  return new Map([
    ...texts(
      "",
      managed(document.resource_changes).filter((resource) => isTold(receiptChange(resource))),
    ),
    ...texts(
      "drift of ",
      managed(document.resource_drift).filter(({ address }) => drifted.has(address)),
    ),
    ...Object.entries(document.output_changes ?? {})
      .filter(([, { actions }]) => actions.some((one) => one !== "no-op"))
      .map(([name, change]): [string, string] => [`output ${name}`, canonicalJson(change)]),
  ]);
}

/** The addresses where two plans do not do the very same, sorted; outputs and drift by name. */
export function differences(one: PlanDocument, other: PlanDocument): readonly string[] {
  const [a, b] = [normalisedChanges(one), normalisedChanges(other)];
  return [...new Set([...a.keys(), ...b.keys()])].filter((key) => a.get(key) !== b.get(key)).sort();
}

function managed(resources: readonly ResourceChange[] | undefined): readonly ResourceChange[] {
  return (resources ?? []).filter(({ mode }) => mode === "managed");
}

function receiptChange(resource: ResourceChange): ReceiptChange {
  const { address, previous_address, deposed, change } = resource;
  return {
    address,
    action: actionOf(resource),
    ...(previous_address === undefined ? {} : { previous_address }),
    ...(change.importing === undefined || change.importing === null ? {} : { imported: true as const }),
    ...(deposed === undefined ? {} : { deposed }),
    attributes: attributeChanges(resource).map(({ path }) => path),
  };
}

function isTold({ action, previous_address, imported }: ReceiptChange): boolean {
  return (
    isShown({ action, ...(previous_address === undefined ? {} : { previousAddress: previous_address }) }) ||
    imported === true
  );
}

function byAddress(
  a: { readonly address: string; readonly deposed?: string },
  b: { readonly address: string; readonly deposed?: string },
): number {
  const [one, other] = [`${a.address} ${a.deposed ?? ""}`, `${b.address} ${b.deposed ?? ""}`];
  return one < other ? -1 : one === other ? 0 : 1;
}
