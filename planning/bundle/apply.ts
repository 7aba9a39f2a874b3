import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isToBeVerified, verifyCluster } from "../../authority/cluster/verify";
import { refuseSubmitted } from "../../authority/lease/applies";
import { type BesideState } from "../../authority/lease/beside-state";
import { type HeldLease, type LeasePatience, underLease } from "../../authority/lease/held-lease";
import { stackEnvironment } from "../../lib/engine/environment";
import { providerLockFile } from "../../lib/engine/provider-lock";
import { refuseIfAny } from "../../lib/errors";
import { refuseAfterSignal } from "../../lib/signals";
import { sha256 } from "../../lib/sha256";
import { type Requirement } from "../approval/requirements";
import { type PlanDocument } from "../preview/plan-document";
import { differences } from "./changes";
import { frozenGate, planGates, providersGate, requiredGate } from "./gates";
import { whatMoved } from "./moved";
import { standingNow } from "./now";
import { type ClosedBundle, type OpenBundle, openBundle } from "./open";
import { notEqual, receiptDiffers } from "./refusals";
import {
  destroyArgs,
  documentOf,
  initialize,
  planFile,
  planQuietly,
  type Session,
  type SessionOptions,
  show,
  withSession,
} from "./session";
import { type Broken, newLease, submit } from "./submit";

export interface ApplyOptions extends SessionOptions {
  /** What lies beside the state. Undefined on a server that keeps nothing there: an apply without a bundle goes on without a lease. */
  readonly beside: BesideState | undefined;
  readonly broken?: Broken;
  /** `flywheel check` of the stack. */
  readonly check: () => Promise<void>;
  /** Asks whoever looks at this plan; false where there is nothing to apply. @throws UserError where they don't say yes. */
  readonly confirm: (planned: PlanDocument, session: Session) => Promise<boolean>;
  /** How long lease and lock are waited for where somebody else has them, in seconds. @default not at all */
  readonly lockTimeout?: number;
  /** What must hold beside what `state.require` names: approval, in CI. @default nothing */
  readonly alsoRequired?: readonly Requirement[];
}

export interface ApplyBundleOptions extends ApplyOptions {
  readonly beside: BesideState;
  readonly bundle: ClosedBundle;
  readonly identities: readonly string[];
  /** Where only state or trees moved: plan again, and go on where the plan does the very same. */
  readonly ifEqual: boolean;
  /** `OWNER/NAME#7`, whose comments may approve. @default none */
  readonly pullRequest?: string;
  /** Who else had a part in making the plan, as the platform that ran it says. @default nobody */
  readonly makers?: readonly string[];
}

/** A plan that is made and applied in one run. */
interface ApplyHereOptions extends ApplyOptions {
  /** What the plan is told: `-destroy`. @default nothing */
  readonly planArgs?: readonly string[];
}

/**
 * Applies what was reviewed, once: holding the lease it compares all that the receipt names with what is there now, says exactly what moved,
 * plans again, and where that does the very same has the engine apply the very plan of the bundle, or with `ifEqual` the new one. A bundle
 * that was made elsewhere is so held against what this program makes of this configuration, and not against its own word.
 * @throws UserError for what moved, what is not admitted, frozen, held by somebody else or submitted before; and as `submit`.
 */
export async function applyBundle(options: ApplyBundleOptions): Promise<void> {
  const { bundle, beside, tell } = options;
  const opened = await openBundle(bundle, options.identities);
  await refuseSubmitted(beside.applies, bundle.receipt.bundle);
  await requiredGate(gateOptions(options), {
    bundle,
    ...(options.pullRequest === undefined ? {} : { pullRequest: options.pullRequest }),
    makers: options.makers ?? [],
  });
  planGates(gateOptions(options), opened.document, true, bundle.receiptFile);
  await frozenGate(gateOptions(options), beside);
  const lease = newLease(bundle.receipt.bundle);
  const apply = async (held: HeldLease) => {
    tell(`lease: held (${held.id})`);
    await refuseSubmitted(beside.applies, bundle.receipt.bundle);
    await frozenGate(gateOptions(options), beside);
    await options.check();
    refuseAfterSignal();
    await withSession(options, async (session) => {
      await providersGate(gateOptions(options), session);
      const planned = await planToApply(options, session, opened);
      if (!(await options.confirm(planned, session))) return;
      await sameCluster(options);
      const lockArgs = lockArguments(options);
      const planArgs = planArguments(bundle);
      const { bundle: sha256OfBundle } = bundle.receipt;
      await submit({ session, held, bundle: sha256OfBundle, planned, tell, lockArgs, planArgs, ...broken(options) });
    });
  };
  await underLease(beside, lease, apply, patience(options));
}

/** Puts the plan that is applied into the run's folder and shows it. */
async function planToApply(
  options: ApplyBundleOptions,
  session: Session,
  { pack, document }: OpenBundle,
): Promise<PlanDocument> {
  const { bundle, beside, ifEqual, tell } = options;
  const { receipt, receiptFile } = bundle;
  const { runner, stack } = session;
  // A committed lock says what may be installed; a bundle's own word counts where there is none.
  await initialize(runner, existsSync(providerLockFile(stack.stack)) ? undefined : pack.providers);
  const moved = whatMoved(receipt, await standingNow(session, beside));
  if (moved.length > 0) {
    if (!ifEqual || moved.some(({ mayMove }) => !mayMove)) refuseIfAny(moved.map(({ problem }) => problem));
    for (const { problem } of moved) tell(problem.what);
    tell("planning again: equal is enough (--if-equal)");
    await show(runner, "plan", ...lockArguments(options), ...planArguments(bundle), `-out=${planFile}`);
    const again = (await documentOf(runner)).document;
    refuseDifferent(stack.id, document, again);
    return again;
  }
  refuseDifferent(stack.id, document, await planQuietly(runner, ...lockArguments(options), ...planArguments(bundle)));
  tell("plan: a new one does the very same");
  writeFileSync(join(runner.folder, planFile), pack.plan, { mode: 0o600 });
  // What the engine itself reads in the plan is what was reviewed: the plan alone decides what is applied.
  const { bytes } = await documentOf(runner);
  if (sha256(bytes) !== receipt.document) throw receiptDiffers(receiptFile, ["what the engine reads in the plan"]);
  await show(runner, "show", planFile);
  return document;
}

function refuseDifferent(id: string, reviewed: PlanDocument, now: PlanDocument): void {
  const where = differences(reviewed, now);
  if (where.length > 0) throw notEqual(id, where);
}

/**
 * Plans and applies in one run, as reviewed by whoever is asked. @throws UserError for what is not admitted, frozen or held by somebody
 * else; and as `submit`.
 */
export async function applyHere(options: ApplyHereOptions): Promise<void> {
  const { beside, tell, configuration, planArgs = [] } = options;
  await requiredGate(gateOptions(options));
  const work = async (held: HeldLease | undefined) => {
    if (beside !== undefined) await frozenGate(gateOptions(options), beside);
    await options.check();
    refuseAfterSignal();
    await withSession(options, async (session) => {
      const { runner } = session;
      await providersGate(gateOptions(options), session);
      await initialize(runner);
      const lockArgs = lockArguments(options);
      await show(runner, "plan", ...lockArgs, ...planArgs, `-out=${planFile}`);
      const { document } = await documentOf(runner);
      planGates(gateOptions(options), document, configuration.organization.state.require_scope);
      if (!(await options.confirm(document, session))) return;
      await sameCluster(options);
      if (held === undefined) return show(runner, "apply", ...lockArgs, planFile);
      await submit({ session, held, bundle: null, planned: document, tell, lockArgs, planArgs, ...broken(options) });
    });
  };
  if (beside === undefined) return work(undefined);
  await frozenGate(gateOptions(options), beside);
  await underLease(beside, newLease(null), work, patience(options));
}

/** Somebody took the time to read the plan: the context may reach another cluster by now. */
async function sameCluster({ stack, configuration, environment }: ApplyOptions): Promise<void> {
  refuseAfterSignal();
  const env = stackEnvironment(stack.id, environment);
  if (isToBeVerified(stack.cluster, env))
    await verifyCluster(stack.cluster, configuration.organization.source.file, env);
}

function gateOptions(options: ApplyOptions) {
  const { configuration, stack, environment, tell, alsoRequired = [] } = options;
  return { configuration, stack, environment, tell, alsoRequired, ...broken(options) };
}

function patience({ lockTimeout = 0, tell }: ApplyOptions): LeasePatience {
  return { seconds: lockTimeout, tell };
}

function lockArguments({ lockTimeout = 0 }: ApplyOptions): readonly string[] {
  return lockTimeout === 0 ? [] : [`-lock-timeout=${lockTimeout}s`];
}

/** What a new plan is told, as the bundle's was. */
function planArguments({ receipt }: ClosedBundle): readonly string[] {
  return receipt.destroy === true ? destroyArgs : [];
}

function broken(options: ApplyOptions): { readonly broken?: Broken } {
  return options.broken === undefined ? {} : { broken: options.broken };
}
