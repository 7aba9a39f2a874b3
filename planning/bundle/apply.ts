import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { isToBeVerified, verifyCluster } from "../../authority/cluster/verify";
import { refuseSubmitted } from "../../authority/lease/applies";
import { type BesideState } from "../../authority/lease/beside-state";
import { type HeldLease, underLease } from "../../authority/lease/held-lease";
import { stackEnvironment } from "../../lib/engine/environment";
import { refuseIfAny } from "../../lib/errors";
import { refuseAfterSignal } from "../../lib/signals";
import { sha256 } from "../../lib/sha256";
import { type PlanDocument } from "../preview/plan-document";
import { normalisedChanges } from "./changes";
import { frozenGate, planGates, providersGate, requiredGate } from "./gates";
import { whatMoved } from "./moved";
import { standingNow } from "./now";
import { type ClosedBundle, type OpenBundle, openBundle } from "./open";
import { notEqual, receiptDiffers } from "./refusals";
import { documentOf, initialize, planFile, type Session, type SessionOptions, show, withSession } from "./session";
import { type Broken, newLease, submit } from "./submit";

export interface ApplyOptions extends SessionOptions {
  /** What lies beside the state. Undefined on a server that keeps nothing there: an apply without a bundle goes on without a lease. */
  readonly beside: BesideState | undefined;
  readonly broken?: Broken;
  /** `flywheel check` of the stack. */
  readonly check: () => Promise<void>;
  /** Asks whoever looks. @throws UserError where they don't say yes. */
  readonly confirm: () => Promise<void>;
}

export interface ApplyBundleOptions extends ApplyOptions {
  readonly beside: BesideState;
  readonly bundle: ClosedBundle;
  readonly identities: readonly string[];
  /** Where only state or trees moved: plan again, and go on where the plan does the very same. */
  readonly ifEqual: boolean;
  /** `OWNER/NAME#7`, whose comments may approve. @default none */
  readonly pullRequest?: string;
}

/**
 * Applies what was reviewed, once: holding the lease it compares all that the receipt names with what is there now, says exactly what moved,
 * and has the engine apply the very plan of the bundle, or with `ifEqual` one that does the very same.
 * @throws UserError for what moved, what is not admitted, frozen, held by somebody else or submitted before; and as `submit`.
 */
export async function applyBundle(options: ApplyBundleOptions): Promise<void> {
  const { bundle, beside, tell } = options;
  const opened = await openBundle(bundle, options.identities);
  await refuseSubmitted(beside.applies, bundle.receipt.bundle);
  await requiredGate(gateOptions(options), bundle, options.pullRequest);
  planGates(gateOptions(options), opened.document, true);
  await frozenGate(gateOptions(options), beside);
  await underLease(beside, newLease(bundle.receipt.bundle), async (held) => {
    tell(`lease: held (${held.id})`);
    await frozenGate(gateOptions(options), beside);
    await options.check();
    refuseAfterSignal();
    await withSession(options, async (session) => {
      await providersGate(gateOptions(options), session);
      const planned = await planToApply(options, session, opened);
      await options.confirm();
      await sameCluster(options);
      await submit({ session, held, bundle: bundle.receipt.bundle, planned, tell, ...broken(options) });
    });
  });
}

/** Puts the plan that is applied into the run's folder and shows it. */
async function planToApply(
  { bundle: { receipt, receiptFile }, beside, ifEqual, tell }: ApplyBundleOptions,
  session: Session,
  { pack, document }: OpenBundle,
): Promise<PlanDocument> {
  const { runner, stack } = session;
  await initialize(runner, pack.providers);
  const moved = whatMoved(receipt, await standingNow(session, beside));
  if (moved.length > 0) {
    if (!ifEqual || moved.some(({ mayMove }) => !mayMove)) refuseIfAny(moved.map(({ problem }) => problem));
    for (const { problem } of moved) tell(problem.what);
    tell("planning again: equal is enough (--if-equal)");
    await show(runner, "plan", `-out=${planFile}`);
    const again = (await documentOf(runner)).document;
    if (normalisedChanges(again) !== normalisedChanges(document)) throw notEqual(stack.id);
    return again;
  }
  writeFileSync(join(runner.folder, planFile), pack.plan, { mode: 0o600 });
  // What the engine itself reads in the plan is what was reviewed: the plan alone decides what is applied.
  const { bytes } = await documentOf(runner);
  if (sha256(bytes) !== receipt.document) throw receiptDiffers(receiptFile, ["what the engine reads in the plan"]);
  await show(runner, "show", planFile);
  return document;
}

/** Plans and applies in one run, as reviewed by whoever is asked. */
export async function applyHere(options: ApplyOptions): Promise<void> {
  const { beside, tell, configuration } = options;
  await requiredGate(gateOptions(options));
  const work = async (held: HeldLease | undefined) => {
    if (beside !== undefined) await frozenGate(gateOptions(options), beside);
    await options.check();
    refuseAfterSignal();
    await withSession(options, async (session) => {
      const { runner } = session;
      await providersGate(gateOptions(options), session);
      await initialize(runner);
      await show(runner, "plan", `-out=${planFile}`);
      const { document } = await documentOf(runner);
      planGates(gateOptions(options), document, configuration.organization.state.require_scope);
      await options.confirm();
      await sameCluster(options);
      if (held === undefined) return show(runner, "apply", planFile);
      await submit({ session, held, bundle: null, planned: document, tell, ...broken(options) });
    });
  };
  if (beside === undefined) return work(undefined);
  await frozenGate(gateOptions(options), beside);
  await underLease(beside, newLease(null), work);
}

/** Somebody took the time to read the plan: the context may reach another cluster by now. */
async function sameCluster({ stack, configuration, environment }: ApplyOptions): Promise<void> {
  refuseAfterSignal();
  const env = stackEnvironment(stack.id, environment);
  if (isToBeVerified(stack.cluster, env))
    await verifyCluster(stack.cluster, configuration.organization.source.file, env);
}

function gateOptions(options: ApplyOptions) {
  const { configuration, stack, environment, tell } = options;
  return { configuration, stack, environment, tell, ...broken(options) };
}

function broken(options: ApplyOptions): { readonly broken?: Broken } {
  return options.broken === undefined ? {} : { broken: options.broken };
}
