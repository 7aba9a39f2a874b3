import { readFileSync } from "node:fs";
import { amendSubmission, readApplies } from "../../authority/lease/applies";
import { type BesideState } from "../../authority/lease/beside-state";
import { endLease, readLease } from "../../authority/lease/lease";
import { type Kept } from "../../authority/lease/record";
import { type Lease, type Submission } from "../../authority/lease/schema";
import { systemClock } from "../../authority/clock";
import { heldLock } from "../../authority/state/held-lock";
import { openLivePlace } from "../../authority/state/live-place";
import { openStateStore } from "../../authority/state/open-state-store";
import { summarizeState } from "../../authority/state/state-summary";
import { erroredStateOf } from "../../lib/engine/errored-state";
import { whatItDoes } from "../../planning/bundle/changes";
import { stateNow } from "../../planning/bundle/now";
import { type Evidence, evidenceHash, judge, type Verdict } from "../../planning/bundle/reconcile";
import {
  documentOf,
  initialize,
  planFile,
  type Session,
  type SessionOptions,
  show,
  withSession,
} from "../../planning/bundle/session";
import { whoAmI } from "../who";
import { lockedStill, notReconciled } from "../../planning/bundle/refusals";
import { wrongOption } from "../refusals";
import { openBeside, startRun } from "../runs";
import { note, print, printJson } from "../terminal";

interface ReconcileOptions {
  readonly accept?: string;
  readonly why?: string;
  readonly json?: true;
}

const outcomes = ["not-changed", "recorded"] as const;

/** `flywheel reconcile`: the only way on after an apply that was cut off. Exit code 0 where the lease is given back. */
export async function reconcileCommand(id: string, options: ReconcileOptions): Promise<void> {
  const accepted = acceptedOf(options);
  const run = startRun(id, options.json === true);
  const beside = await openBeside(run);
  try {
    const held = await readLease(beside.lease);
    if (held === undefined) {
      if (options.json === true) return printJson({ ok: true, id, lease: null });
      return print(`${id}: nobody holds the lease; there is nothing to reconcile`);
    }
    await refuseLocked(run);
    if (accepted !== undefined) return await accept(id, beside, held, accepted);
    const evidence = await look(run, beside, held.record);
    const verdict = judge(evidence);
    const hash = evidenceHash(evidence);
    if (verdict.kind === "not changed" || verdict.kind === "recorded") {
      await end(beside, held, { outcome: verdict.kind, ...(evidence.state && { serial: evidence.state.serial }) });
      if (options.json === true) return printJson({ ok: true, id, outcome: verdict.kind, evidence, hash });
      return print(`${id}: ${verdict.kind}: ${verdict.why}\n${wayOn(id, verdict, evidence)}`);
    }
    note(JSON.stringify(evidence, undefined, 2));
    throw notReconciled(id, verdict, hash);
  } finally {
    beside.close();
  }
}

async function look(run: SessionOptions, beside: BesideState, lease: Lease): Promise<Evidence> {
  const { applies } = await readApplies(beside.applies);
  const submission = applies.find((one) => one.id === lease.id);
  const file = erroredStateOf(run.stack);
  return withSession(run, async (session) => {
    const known = { lease, ...(submission === undefined ? {} : { submission }), state: await stateNow(session) };
    if (file !== undefined && (await isPutBack(session, file)))
      note(`${file} is the live state, byte for byte: remove it`);
    else if (file !== undefined) {
      const summary = summarizeState(readFileSync(file));
      return { ...known, errored: { file, serial: typeof summary === "string" ? null : summary.serial } };
    }
    if (lease.phase === "checking") return known;
    await initialize(session.runner);
    await show(session.runner, "plan", ...(submission?.destroy === true ? ["-destroy"] : []), `-out=${planFile}`);
    return { ...known, plan: whatItDoes((await documentOf(session.runner)).document) };
  });
}

/** Whether what an engine left here is the live state by now. */
async function isPutBack({ contract, configuration }: Session, file: string): Promise<boolean> {
  const place = openStateStore(contract, process.env, configuration.organization.state.s3?.authority);
  try {
    return (await place.read())?.bytes.equals(readFileSync(file)) === true;
  } finally {
    place.close();
  }
}

/** An engine that holds the lock may still be at work. */
async function refuseLocked({ configuration, stack }: SessionOptions): Promise<void> {
  const { state: place } = await openLivePlace(configuration, stack, process.env);
  try {
    const holder = await heldLock(place, whoAmI(), systemClock);
    if (holder !== undefined) throw lockedStill(stack.id, holder);
  } finally {
    place.close();
  }
}

async function accept(
  id: string,
  beside: BesideState,
  held: Kept<Lease>,
  { outcome, why }: { readonly outcome: "not changed" | "recorded"; readonly why: string },
): Promise<void> {
  const accepted = { who: whoAmI(), at: new Date().toISOString(), why };
  await end(beside, held, { outcome, accepted });
  print(`${id}: ${outcome}, accepted by ${accepted.who}: ${why}\nPlan again: flywheel plan ${id} --out NAME.flyplan`);
}

async function end(
  beside: BesideState,
  held: Kept<Lease>,
  more: Pick<Submission, "outcome"> & Partial<Pick<Submission, "accepted" | "serial">>,
): Promise<void> {
  await amendSubmission(beside.applies, held.record.id, (one) => ({ ...one, ...more }));
  await endLease(beside.lease, held);
}

function acceptedOf({ accept: text, why }: ReconcileOptions) {
  if (text === undefined) {
    if (why !== undefined)
      throw wrongOption("--why says why something is accepted", "--accept not-changed|recorded --why TEXT");
    return undefined;
  }
  const outcome = outcomes.find((one) => one === text);
  if (outcome === undefined) throw wrongOption(`--accept is "${text}"`, outcomes.join(" or "));
  if (why === undefined || why.trim() === "") throw wrongOption("--accept without a reason", "--why TEXT");
  return { outcome: outcome === "recorded" ? ("recorded" as const) : ("not changed" as const), why };
}

function wayOn(id: string, { kind }: Verdict, { submission }: Evidence): string {
  if (submission?.destroy === true) return `Go on where it was cut off: flywheel destroy ${id}`;
  return kind === "recorded"
    ? `See what is left to do: flywheel plan ${id}`
    : `The bundle is used up. Plan again: flywheel plan ${id} --out NAME.flyplan`;
}
