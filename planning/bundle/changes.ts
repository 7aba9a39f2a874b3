import { attributeChanges } from "../adoption/attribute-changes";
import { canonicalJson } from "../../lib/backend/contract-document";
import { actionOf, isShown } from "../preview/actions";
import { type PlanDocument, type ResourceChange } from "../preview/plan-document";
import { driftedAddresses } from "../preview/drift";
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
 * What a plan does with its values, in a form in which equal plans are equal texts. It holds secrets: it is compared, and goes nowhere.
 */
export function normalisedChanges(document: PlanDocument & Outputs): string {
  const shown = (resources: readonly ResourceChange[] | undefined) =>
    managed(resources)
      .filter((resource) => isTold(receiptChange(resource)))
      .map(({ address, previous_address, deposed, change }) => ({
        address,
        previous_address,
        deposed,
        actions: change.actions,
        before: change.before,
        after: change.after,
        after_unknown: change.after_unknown,
        importing: change.importing,
        replace_paths: change.replace_paths,
      }))
      .sort(byAddress);
  return canonicalJson({
    changes: shown(document.resource_changes),
    drift: shown(document.resource_drift),
    outputs: Object.fromEntries(
      Object.entries(document.output_changes ?? {}).filter(([, { actions }]) => actions.some((one) => one !== "no-op")),
    ),
  });
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
