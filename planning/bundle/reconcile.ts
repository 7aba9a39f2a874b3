import { type Lease, type Submission } from "../../authority/lease/schema";
import { canonicalJson } from "../../lib/backend/contract-document";
import { sha256 } from "../../lib/sha256";
import { type WhatItDoes } from "./changes";
import { type Receipt } from "./receipt";

/** What was found out about an apply that was cut off. No value in it. */
export interface Evidence {
  readonly lease: Lease;
  /** What was said of it before the engine started; undefined where nothing was. */
  readonly submission?: Submission;
  /** The live state now. */
  readonly state: Receipt["state"];
  /** A state that an engine could not save, in this machine's folder, and its serial. */
  readonly errored?: { readonly file: string; readonly serial: number | null };
  /** What a refreshed plan does now; undefined where none was made. */
  readonly plan?: WhatItDoes;
}

/** How a reconciliation ends. */
export type Verdict =
  | { readonly kind: "not changed"; readonly why: string }
  | { readonly kind: "recorded"; readonly why: string }
  | { readonly kind: "not recorded"; readonly file: string; readonly why: string }
  | { readonly kind: "stop"; readonly why: string };

/** Judges by evidence alone: what cannot be told is a stop. */
export function judge({ lease, submission, state, errored, plan }: Evidence): Verdict {
  if (errored !== undefined)
    return { kind: "not recorded", file: errored.file, why: "an engine could not save what it did, and left it here" };
  if (lease.phase === "checking")
    return { kind: "stop", why: "the engine had not begun; whether that run is still alive cannot be told from here" };
  if (submission === undefined || plan === undefined)
    return { kind: "stop", why: "what was to be done is not known here" };
  if (submission.more === true) return { kind: "stop", why: "there were too many changes to compare each" };
  const before = submission.state;
  if (before !== null && before.lineage !== state?.lineage)
    return { kind: "stop", why: "the state is of another lineage now, or gone" };
  if (plan.drift.length > 0)
    return {
      kind: "stop",
      why: `objects are not as the state has them: ${plan.drift.map(({ address }) => address).join(", ")}`,
    };
  const planned = new Set(submission.changes.map(keyOf));
  const strange = plan.changes.filter((change) => !planned.has(keyOf(change)));
  if (strange.length > 0)
    return {
      kind: "stop",
      why: `a new plan does what was not planned: ${strange.map(({ address }) => address).join(", ")}`,
    };
  const isWritten = state !== null && (before === null || state.serial > before.serial);
  if (isWritten) {
    const left = plan.changes.length;
    return {
      kind: "recorded",
      why:
        left === 0
          ? "all of it is in the state, and a new plan is empty"
          : `a part of it is in the state; ${left} changes are left to do`,
    };
  }
  if (plan.changes.length !== submission.changes.length)
    return { kind: "stop", why: "the state was not written, and less is left to do than was planned" };
  // What was made and never recorded shows in no plan: only who looks at the cluster can tell.
  const made = submission.changes.filter(({ action }) => action === "add" || action === "replace");
  if (made.length > 0)
    return {
      kind: "stop",
      why: `the state was not written, and whether these were made before the engine died shows in no plan: ${made.map(({ address }) => address).join(", ")}`,
    };
  return { kind: "not changed", why: "the state was not written, nothing has drifted, and all of it is left to do" };
}

function keyOf({ address, action }: { readonly address: string; readonly action: string }): string {
  return `${action} ${address}`;
}

/** Of the evidence as it was shown, so that two people can say that they saw the same. */
export function evidenceHash(evidence: Evidence): string {
  return sha256(canonicalJson(evidence));
}
