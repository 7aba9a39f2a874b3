import { describeLock, type LockInfo } from "../../authority/state/lock-info";
import { type Code, type Problem, UnhealthyError, UserError } from "../../lib/errors";

/** What a code of `moved-...` can end with. */
type MovedKey = Code extends infer C ? (C extends `moved-${infer Key}` ? Key : never) : never;

/** A receipt that nothing can be compared with. */
export function receiptUnreadable(file: string, what: string): UserError {
  return new UserError({
    code: "receipt-unreadable",
    file,
    what: `this is no receipt: ${what}`,
    expected: "NAME.receipt.json, as `flywheel plan ID --out NAME.flyplan` writes it beside the bundle",
    remedy: "A newer version of Flywheel may have written it: then use that one. Otherwise plan again",
  });
}

/** What was decrypted is no bundle. */
export function bundleUnreadable(file: string): UserError {
  return new UserError({
    code: "bundle-unreadable",
    file,
    what: "what is in it is no plan bundle",
    expected: "NAME.flyplan, as `flywheel plan ID --out NAME.flyplan` writes it",
    remedy: "A newer version of Flywheel may have written it: then use that one. Otherwise plan again",
  });
}

/** Nobody is named who can open a bundle. */
export function noRecipients(file: string, environment: string): UserError {
  return new UserError({
    code: "no-plan-recipients",
    file,
    key: "state.plan.recipients",
    what: `nobody is named who can open plan bundles of ${environment}`,
    expected: "state.plan.recipients: [age1...], the public keys of who applies; a plan holds secrets",
    remedy: "`age-keygen -o KEYFILE` makes a pair. Not the keys of the backups: those stay with people",
  });
}

/** The kubeconfig that is named cannot be read. */
export function kubeconfigUnreadable(file: string, why: string): UserError {
  return new UserError({
    code: "kubeconfig-unreadable",
    file,
    what: `the kubeconfig cannot be read: ${why}`,
    expected: "a kubeconfig, as TF_VAR_k8s_config_path or organization.yaml names it",
    remedy: "TF_VAR_k8s_config_path points to another file, on this machine alone",
  });
}

/** The bundle is not the one that the receipt speaks of. */
export function otherBundle(file: string, expected: string, found: string): UserError {
  return new UserError({
    code: "bundle-differs",
    file,
    what: `this bundle has sha256 ${found}, and the receipt speaks of ${expected}`,
    expected: "the bundle that was made with the receipt, byte for byte",
    remedy: "See who changed which of the two. Plan again",
  });
}

/** The bundle is of another stack than the one that is meant. */
export function bundleOfOther(file: string, id: string, asked: string): UserError {
  return new UserError({
    code: "bundle-differs",
    file,
    what: `this is a plan of ${id}, and not of ${asked}`,
    expected: `a bundle of ${asked}: another stack has other credentials, and other people who are asked`,
    remedy: "See who put it there. Plan again",
  });
}

/** What is in the bundle is not what the receipt says, and the receipt is what was reviewed. */
export function receiptDiffers(file: string, what: readonly string[]): UserError {
  return new UserError({
    code: "receipt-differs",
    file,
    what: `the receipt does not say what the bundle holds: ${what.join(", ")}`,
    expected: "the receipt that was made with the bundle: it is what people review",
    remedy: "Somebody has edited it, or made another bundle for it. Find out who; plan again",
  });
}

/** A new plan does something else than the reviewed one. */
export function notEqual(id: string, where: readonly string[]): UserError {
  return new UserError({
    code: "plan-differs",
    what: `a new plan of ${id} does something else than the reviewed one: ${where.slice(0, 20).join(", ")}${where.length > 20 ? `, and ${where.length - 20} more` : ""}`,
    expected: "the same addresses, actions and values: that is what was reviewed",
    remedy: `flywheel plan ${id} --out NAME.flyplan, and a review of that`,
  });
}

/** The state was written while its plan was made. */
export function stateMovedMeanwhile(id: string): UserError {
  return new UserError({
    code: "state-moved-meanwhile",
    what: `the state of ${id} was written while it was planned`,
    expected: "a state that stands still as long as a plan takes",
    remedy: "See who works on it: flywheel status. Then plan again",
  });
}

/** The engine ended in the middle of an apply. `left`: it could not save what it did, and left it in its folder. */
export function applyFailed(id: string, exitCode: number, hint: string | undefined, left: boolean): UserError {
  return new UserError({
    code: "apply-failed",
    what: `the engine ended with exit code ${exitCode} in the middle of an apply of ${id}${left ? ", and could not save the state" : ""}`,
    expected: "0; what the engine said stands above",
    remedy: `${hint === undefined ? "" : `${hint}\n`}Nothing else may be applied until somebody has looked at what it did: flywheel reconcile ${id}`,
  });
}

/** The engine ended before it changed anything, by its own word and by the state. */
export function applyNotBegun(id: string, exitCode: number, hint: string | undefined): UserError {
  return new UserError({
    code: "apply-not-begun",
    what: `the engine ended with exit code ${exitCode} before it changed anything of ${id}; the lease is given back`,
    expected: "0; what the engine said stands above",
    remedy: `${hint === undefined ? "" : `${hint}\n`}When that is mended, plan again: a bundle is submitted once`,
  });
}

/** There is no such bundle. */
export function bundleMissing(file: string): UserError {
  return new UserError({
    code: "no-bundle",
    file,
    what: "there is no such file",
    expected: "NAME.flyplan, as `flywheel plan ID --out NAME.flyplan` writes it, with its receipt beside it",
  });
}

/** The bundle was made for others. */
export function notForThisIdentity(file: string): UserError {
  return new UserError({
    code: "not-for-this-identity",
    file,
    what: "this identity does not open the bundle",
    expected: "the identity of one of the recipients that its receipt names",
    remedy: "`age-keygen -y KEYFILE` prints the recipient that a key belongs to",
  });
}

/** The bundle is not what was encrypted. */
export function bundleDamaged(file: string): UserError {
  return new UserError({
    code: "bundle-damaged",
    file,
    what: "this is not a whole age file",
    expected: "the bundle as it was written",
    remedy: "Plan again",
  });
}

/** An apply was cut off, and what became of it is not settled. */
export function notReconciled(
  id: string,
  verdict: { readonly kind: string; readonly why: string; readonly file?: string },
  hash: string,
): UserError {
  const recover =
    verdict.file === undefined
      ? `When somebody has looked: flywheel reconcile ${id} --accept not-changed|recorded --why TEXT`
      : `flywheel recover ${id} ${verdict.file}\nThen again: flywheel reconcile ${id}`;
  return new UserError({
    code: "not-reconciled",
    what: `${id}: ${verdict.kind}: ${verdict.why} (evidence sha256 ${hash})`,
    expected: "evidence that it was not changed, or that all that was changed is in the state",
    remedy: recover,
  });
}

/** The lock is held: the engine may still be at work. */
export function lockedStill(id: string, holder: LockInfo): UserError {
  return new UserError({
    code: "locked",
    what: `the state of ${id} is locked: ${describeLock(holder)}`,
    expected: "an engine that has ended",
    remedy: `Wait for it. Where its machine is gone: flywheel unlock ${id} ${holder.ID}`,
  });
}

/** Whoever lifted a condition cannot be the one who acknowledges it. */
export function ownAcknowledgement(id: string, { who, at }: { readonly who: string; readonly at: string }): UserError {
  return new UserError({
    code: "own-acknowledgement",
    what: `${id}: ${who} applied at ${at} with a condition lifted, and that is you`,
    expected: "a second person to have looked",
  });
}

/** What was applied does not run, or is not ready. */
export function notRolledOut(address: string, why: string): Problem {
  return {
    code: "not-rolled-out",
    what: `${address} is not rolled out: ${why}`,
    expected: "what was applied to run and be ready",
  };
}

/** Something of what was reviewed is another one now; `thing` says what. */
export function movedSince(
  key: MovedKey,
  { thing, then, now }: { readonly thing: string; readonly then: string; readonly now: string },
  remedy: string,
): Problem {
  return {
    code: `moved-${key}`,
    what: `${thing} moved: ${then} when the plan was made, ${now} now`,
    expected: "what was reviewed",
    remedy,
  };
}

/** After an apply nothing is at the place of the state. */
export function noStateAfterwards(): Problem {
  return {
    code: "read-back-state",
    what: "there is no state afterwards",
    expected: "the state that the engine wrote",
  };
}

/** After an apply the state is another one. */
export function otherLineageAfterwards(lineage: string, before: string): Problem {
  return {
    code: "read-back-state",
    what: `the state has lineage ${lineage} afterwards`,
    expected: `lineage ${before}`,
  };
}

/** After an apply the state is older than it must be. */
export function olderAfterwards(serial: number, least: number): Problem {
  return {
    code: "read-back-state",
    what: `the state is at serial ${serial} afterwards`,
    expected: `at least ${least}`,
  };
}

/** After an apply there is something left to do. */
export function planNotEmpty(what: string, address: string): Problem {
  return {
    code: "read-back-plan",
    what: `a new plan is not empty: ${what} of ${address}`,
    expected: "nothing left to do",
  };
}

/** What the plan made is not there. */
export function objectMissing(address: string): Problem {
  return { code: "read-back-object", what: `${address} is not there afterwards`, expected: "what the plan made" };
}

/** What the plan set has another value. */
export function valueDiffers(address: string, path: string): Problem {
  return {
    code: "read-back-object",
    what: `${address}: ${path} is not what the plan set`,
    expected: "the planned value",
  };
}

/** It was applied, and what is there afterwards is not as it should be. */
export function unhealthyAfterwards(problems: readonly Problem[]): UnhealthyError {
  return new UnhealthyError(problems);
}
