import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { type HeldLease } from "../../authority/lease/held-lease";
import { type Gate, type Lease, type Submission } from "../../authority/lease/schema";
import { userName } from "../../lib/home";
import { UnhealthyError } from "../../lib/errors";
import { refuseAfterSignal } from "../../lib/signals";
import { type PlanDocument } from "../preview/plan-document";
import { whatItDoes } from "./changes";
import { stateNow } from "./now";
import { unhealthy } from "./read-back";
import { lookAtCluster } from "./rollouts";
import { applyFailed } from "./refusals";
import { documentOf, planFile, type Session, show, tryShow } from "./session";

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
}

/** A lease for a run of this process. */
export function newLease(bundle: string | null): Lease {
  const since = new Date().toISOString();
  return { version: 1, id: randomUUID(), who: userName(), host: hostname(), since, bundle, phase: "checking" };
}

/**
 * Has the engine apply the plan in the run's folder, once, and reads back what came of it. That it is attempted is said beside the state
 * before the engine starts.
 * @throws UnhealthyError where it is applied and something is not as planned: nothing is held up by that. UserError `apply-failed` where
 * the engine ended in the middle: the lease stays then, for `flywheel reconcile`.
 */
export async function submit(options: SubmitOptions): Promise<void> {
  const { session, held, planned, broken, tell } = options;
  const { runner, stack } = session;
  const before = await stateNow(session);
  refuseAfterSignal();
  await held.attempt(submissionOf(options, before));
  const { exitCode, hint } = await tryShow(runner, "apply", planFile);
  if (exitCode !== 0) throw applyFailed(stack.id, exitCode, hint);
  await held.applied();
  if (broken?.gates.includes("read-back") === true) {
    tell("read-back: left out (--break-glass read-back)");
    return held.settle("applied", (await stateNow(session))?.serial);
  }
  tell("read-back: planning again, with the providers of this run");
  await show(runner, "plan", `-out=${planFile}`);
  const { document } = await documentOf(runner);
  const after = { state: await stateNow(session), plan: document };
  const cluster = await lookAtCluster(planned, session);
  for (const line of cluster.told) tell(`read-back: ${line}`);
  const problems = [...unhealthy(planned, before, after), ...cluster.problems];
  await held.settle(problems.length === 0 ? "applied" : "unhealthy", after.state?.serial);
  if (problems.length > 0) throw new UnhealthyError(problems);
  tell(`read-back: serial ${after.state?.serial ?? "none"}, an empty plan, every changed object as planned`);
}

function submissionOf({ held, bundle, planned, broken }: SubmitOptions, state: Submission["state"]): Submission {
  return {
    id: held.id,
    who: userName(),
    host: hostname(),
    at: new Date().toISOString(),
    bundle,
    state,
    changes: whatItDoes(planned).changes.map(({ address, action }) => ({ address, action })),
    outcome: "attempted",
    ...(broken === undefined ? {} : { broken: { gates: [...broken.gates], why: broken.why } }),
  };
}
