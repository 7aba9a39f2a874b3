import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { type HeldLease } from "../../authority/lease/held-lease";
import { type Gate, type Lease, type Submission } from "../../authority/lease/schema";
import { type ApplyEnd, applyEngine } from "../../lib/engine/apply";
import { erroredState } from "../../lib/engine/errored-state";
import { UserError } from "../../lib/errors";
import { operatorName } from "../../lib/operator";
import { refuseAfterSignal } from "../../lib/signals";
import { git } from "../difference/git";
import { missingKindsHint } from "../preview/missing-kinds";
import { type PlanDocument } from "../preview/plan-document";
import { whatItDoes } from "./changes";
import { stateNow } from "./now";
import { unhealthy } from "./read-back";
import { lookAtCluster } from "./rollouts";
import { type Receipt, type ReceiptChange } from "./receipt";
import { applyFailed, applyNotBegun, unhealthyAfterwards } from "./refusals";
import { documentOf, planFile, type Session, show } from "./session";

/** Conditions that somebody lifted, and why. */
export interface Broken {
  readonly gates: readonly Gate[];
  readonly why: string;
}

export interface SubmitOptions {
  readonly session: Session;
  readonly held: HeldLease;
  readonly bundle: string | null;
  /** What the plan in the run's folder does. */
  readonly planned: PlanDocument;
  readonly broken?: Broken;
  readonly tell: (line: string) => void;
  /** How long an engine waits for the lock. @default it doesn't */
  readonly lockArgs?: readonly string[];
  /** What a plan is told, as the one that is applied was: `-destroy`. @default nothing */
  readonly planArgs?: readonly string[];
}

/** A lease for a run of this process. */
export function newLease(bundle: string | null): Lease {
  const since = new Date().toISOString();
  return {
    version: 1,
    id: randomUUID(),
    who: operatorName(process.env),
    host: hostname(),
    since,
    bundle,
    phase: "checking",
  };
}

/**
 * Has the engine apply the plan in the run's folder, once, and reads back what came of it. That it is attempted is said beside the state
 * before the engine starts.
 * @throws UnhealthyError where it is applied and something is not as planned: nothing is held up by that. UserError `apply-not-begun` where
 * the engine has changed nothing for certain, `apply-failed` where it may have: the lease stays then, for `flywheel reconcile`. Interrupted
 * after a signal, with the lease likewise.
 */
export async function submit(options: SubmitOptions): Promise<void> {
  const { session, held, planned, broken, tell, lockArgs = [], planArgs = [] } = options;
  const { runner } = session;
  const before = await stateNow(session);
  refuseAfterSignal();
  await held.attempt(submissionOf(options, before));
  const ended = await applyEngine({ ...runner, args: [...lockArgs, planFile] });
  if (ended.exitCode !== 0) await notApplied(options, before, ended);
  await held.applied();
  if (broken?.gates.includes("read-back") === true) {
    tell("read-back: left out (--break-glass read-back)");
    return held.settle("applied", (await stateNow(session))?.serial);
  }
  tell("read-back: planning again, with the providers of this run");
  await show(runner, "plan", ...lockArgs, ...planArgs, `-out=${planFile}`);
  const { document } = await documentOf(runner);
  const after = { state: await stateNow(session), plan: document };
  const cluster = await lookAtCluster(planned, session);
  for (const line of cluster.told) tell(`read-back: ${line}`);
  const problems = [...unhealthy(planned, before, after), ...cluster.problems];
  await held.settle(problems.length === 0 ? "applied" : "unhealthy", after.state?.serial);
  if (problems.length > 0) throw unhealthyAfterwards(problems);
  tell(`read-back: serial ${after.state?.serial ?? "none"}, an empty plan, every changed object as planned`);
}

/** @throws what is to be told of an engine that did not end well; the lease may be given back where it has changed nothing for certain. */
async function notApplied(options: SubmitOptions, before: Receipt["state"], ended: ApplyEnd): Promise<never> {
  const { session, held, planned } = options;
  const { stack, runner } = session;
  const hint = missingKindsHint(stack.stack, stack.source.file, ended.said);
  if (await isUntouched(session, planned, before, ended)) {
    await held.settle("not changed", before?.serial);
    throw ended.stopped ?? applyNotBegun(stack.id, ended.exitCode ?? 1, hint);
  }
  throw ended.stopped ?? applyFailed(stack.id, ended.exitCode ?? 1, hint, erroredState(runner.folder) !== undefined);
}

/** Objects are as they were: the engine says so of itself. The state is, too: it was read again, or nothing of this plan is a change of the state alone. */
async function isUntouched(
  session: Session,
  planned: PlanDocument,
  before: Receipt["state"],
  { idle }: ApplyEnd,
): Promise<boolean> {
  if (!idle || erroredState(session.runner.folder) !== undefined) return false;
  const { changes, outputs } = whatItDoes(planned);
  const isOfState = ({ action, previous_address, imported }: ReceiptChange) =>
    action === "forget" || action === "moved" || previous_address !== undefined || imported === true;
  if (outputs.length === 0 && !changes.some(isOfState)) return true;
  const now = await stateNow(session).catch(() => undefined);
  return now !== undefined && now?.lineage === before?.lineage && now?.serial === before?.serial;
}

function submissionOf(
  { session, held, bundle, planned, broken, planArgs = [] }: SubmitOptions,
  state: Submission["state"],
): Submission {
  return {
    id: held.id,
    who: operatorName(process.env),
    host: hostname(),
    at: new Date().toISOString(),
    ...origin(session),
    bundle,
    state,
    changes: whatItDoes(planned).changes.map(({ address, action }) => ({ address, action })),
    ...(planArgs.includes("-destroy") ? { destroy: true as const } : {}),
    outcome: "attempted",
    ...(broken === undefined ? {} : { broken: { gates: [...broken.gates], why: broken.why } }),
  };
}

/** The commit of the configuration, and the run of a workflow, as far as they are told. */
function origin({ configuration }: Session): Pick<Submission, "commit" | "run"> {
  const folder = dirname(configuration.organization.source.file);
  const commit = headOf(folder);
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: id } = process.env;
  const run = server && repository && id ? `${server}/${repository}/actions/runs/${id}`.slice(0, 1024) : undefined;
  return { ...(commit === undefined ? {} : { commit }), ...(run === undefined ? {} : { run }) };
}

function headOf(folder: string): string | undefined {
  try {
    const head = git(folder, "rev-parse", "--verify", "HEAD").stdout.trim();
    return /^[0-9a-f]{40,64}$/.test(head) ? head : undefined;
  } catch (error) {
    // Without git nothing is known; an apply does not need it.
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
