import { refuseWhileHeldOff } from "../../authority/lease/held-off";
import { type CheckLine } from "../../authority/check/line";
import { abortCutover, cutover } from "../../authority/cutover/cutover";
import { type CutoverOptions } from "../../authority/cutover/move";
import { Journal } from "../../authority/cutover/journal";
import { describeCutover, isUnfinished, type JournalRecord, ordinal, stepNames } from "../../authority/cutover/record";
import { TakenOver } from "../../authority/cutover/refusals";
import { cutoverOptions, openMove, type OpenMove } from "../../authority/cutover/open";
import { isSameMove } from "../../authority/cutover/refusals";
import { readGeneration } from "../../authority/ledger/generation";
import { requireMovable } from "../../authority/state/movable";
import { type StateStore } from "../../authority/state/state-store";
import { systemClock } from "../../authority/clock";
import { location } from "../../lib/backend/contract";
import { legacyContract } from "../../lib/backend/resolve";
import { type MovableBackend } from "../../lib/config/backends";
import { type Configuration, configurationFolder, loadConfiguration, type StackInstance } from "../../lib/config/load";
import { ledgerEntry } from "../../lib/config/ledger";
import { selectStacks } from "../../lib/config/select";
import { refuseErroredState } from "../../lib/engine/errored-state";
import { refuseForeignVariables } from "../../lib/engine/environment";
import { UserError } from "../../lib/errors";
import { whoAmI } from "../who";
import { checkBeforeMove } from "../cutover/checks";
import { forgetSourceCommand } from "../cutover/forget";
import { requireCommitted, requireGoesOn } from "../cutover/may-begin";
import {
  compareAfter,
  type MovePlan,
  type Planner,
  noPlanner,
  replayPlanner,
  planSubject,
  summary,
} from "../cutover/plans";
import { wrongOption } from "../refusals";
import { withRealPlanner } from "../cutover/real-planner";
import { asRefusedMove, type RefusedMove } from "../cutover/refusals";
import { note, print, printJson } from "../terminal";
import { noDestination, plansDiffer } from "./refusals";

export interface CutoverCommandOptions {
  readonly to?: MovableBackend;
  readonly from?: "legacy.gitlab";
  readonly dryRun?: true;
  readonly abort?: true;
  /** Look at the place that was left no more. */
  readonly forgetSource?: true;
  /** Plan with the real providers instead of by replay. */
  readonly realPlan?: true;
  readonly json?: true;
}

/** `flywheel cutover`: checks both places and moves one state, finishes a move that was interrupted, or undoes it. */
export async function cutoverCommand(id: string, options: CutoverCommandOptions): Promise<void> {
  refuseForeignVariables(process.env);
  const configuration = loadConfiguration(configurationFolder());
  const [stack] = selectStacks(configuration, [id]);
  if (stack === undefined) return;
  await requireMovable(configuration, stack, process.env, "no other backend to move to");
  if (options.forgetSource === true) return forgetSourceCommand(configuration, stack, options);
  const { to } = options;
  if (to === undefined) throw noDestination(id);
  let refused: RefusedMove = { id, leavesLegacy: options.from !== undefined };
  let move: OpenMove | undefined;
  try {
    move = await openMove(configuration, stack, { ...options, to }, process.env);
    const running = await Journal.peek(move.store, move.stateKey);
    refused = {
      id,
      move,
      leavesLegacy: refused.leavesLegacy || (isUnfinished(running) && leftLegacy(configuration, stack, running)),
    };
    // A move that is under way is finished or undone, by whoever runs the command.
    if (!isUnfinished(running) && options.abort !== true && options.dryRun !== true)
      await refuseWhileHeldOff({ configuration, stack, environment: process.env }, move);
    await runMove(configuration, stack, move, running, options, refused);
  } catch (error) {
    throw error instanceof UserError ? asRefusedMove(error, refused) : error;
  } finally {
    move?.close();
  }
}

async function runMove(
  configuration: Configuration,
  stack: StackInstance,
  move: OpenMove,
  running: JournalRecord | undefined,
  options: CutoverCommandOptions,
  refused: RefusedMove,
): Promise<void> {
  const json = options.json === true;
  if (options.abort === true) {
    const { entry } = await abortCutover(requestOf(configuration, stack, move));
    return json
      ? printJson({ ok: true, aborted: true, entry: entry ?? null })
      : print(`${stack.id}: its state is at ${move.source.location}`);
  }
  const unfinished = isUnfinished(running) ? running : undefined;
  // A move that is under way, or that this very command completed before it was killed, has changed the ledger itself.
  const completed =
    (running?.state === "done" && isSameMove(move, running)) || (await isThere(configuration, stack, move));
  const isNew = unfinished === undefined && !completed;
  if (isNew) {
    requireCommitted(configuration);
    // A move that is under way is finished even beside an errored.tfstate: it moves the state that the lock protects.
    refuseErroredState(stack);
  }
  const begin = async (planner: Planner) => {
    // A move that is under way has to be finished: it is not checked again.
    const checks = isNew ? await checkBeforeMove(configuration, stack, move) : undefined;
    if (checks?.refusal !== undefined) {
      await requireNotOvertaken(move, running);
      const refusal = asRefusedMove(checks.refusal, refused);
      if (json) printJson({ ok: false, checks: checks.lines, problems: refusal.problems });
      throw refusal;
    }
    const run: Run = { configuration, stack, move, planner, checks: checks?.lines ?? [], json };
    if (options.dryRun !== true) return moveState(run, completed);
    requireGoesOn(requestOf(configuration, stack, move), unfinished);
    return rehearse(run, unfinished, options.realPlan === true && !completed);
  };
  if (stack.folder !== undefined) {
    if (options.realPlan === true)
      throw wrongOption(
        `--real-plan makes two plans of a stack of this program, and ${stack.id} is a folder of HCL`,
        `flywheel plan ${stack.id}, before the move and after it`,
      );
    return begin(noPlanner);
  }
  return options.realPlan === true && !completed
    ? withRealPlanner(stack, process.env, begin)
    : begin(replayPlanner(stack));
}

/** Where somebody began or ended a move meanwhile, what a check read is from before it and from after it, and no reason to refuse. */
async function requireNotOvertaken({ store, stateKey }: OpenMove, seen: JournalRecord | undefined): Promise<void> {
  const now = await Journal.peek(store, stateKey).catch(() => seen);
  if (now?.id !== seen?.id || now?.state !== seen?.state) throw new TakenOver(now);
}

/** Whether a move leaves the legacy place, which only an option names. */
function leftLegacy(configuration: Configuration, stack: StackInstance, { from }: JournalRecord): boolean {
  return (
    configuration.organization.state.legacy.gitlab !== undefined &&
    from.location === location(legacyContract(configuration, stack))
  );
}

/** Whether ledger and generation agree that the state is at the destination already: a way back that was undone may have begun since. */
async function isThere(
  configuration: Configuration,
  stack: StackInstance,
  { store, stateKey, destination }: OpenMove,
): Promise<boolean> {
  const entry = ledgerEntry(configuration.ledger, stack);
  if (entry?.location !== destination.location) return false;
  const known = await readGeneration(store, stateKey);
  return known?.location === destination.location && known.generation === entry.generation;
}

/** What one run of the command works with. */
interface Run {
  readonly configuration: Configuration;
  readonly stack: StackInstance;
  readonly move: OpenMove;
  readonly planner: Planner;
  readonly checks: readonly CheckLine[];
  readonly json: boolean;
}

async function moveState(
  { configuration, stack, move, planner, checks, json }: Run,
  completed: boolean,
): Promise<void> {
  const { id } = stack;
  const before = completed ? undefined : await planOn(planner, configuration, move.source.state);
  const result = await cutover(requestOf(configuration, stack, move));
  const plan = await compareAfter(id, planner, result.moved ? before : undefined, () =>
    planOn(planner, loadConfiguration(configurationFolder()), move.destination.state),
  );
  if (json)
    printJson({
      ok: plan.equal,
      moved: result.moved,
      same_object: result.sameObject,
      entry: result.entry,
      plan: plan.text,
      checks,
    });
  else {
    print(
      `${id}: its state is at ${result.entry.location}, serial ${result.entry.serial}, generation ${result.entry.generation}${result.sameObject ? "; both backends lead to that object, so nothing was copied" : ""}`,
    );
    print(plan.text);
    print(
      `Commit ${configuration.ledger.file} and ${configuration.organization.source.file}: other checkouts stop until they have them.`,
    );
  }
  if (plan.equal) return;
  const see = planner.kind === "by replay" ? "preview" : "plan";
  throw plansDiffer(id, plan.text, see);
}

async function planOn(
  planner: Planner,
  configuration: Configuration,
  place: Pick<StateStore, "read">,
): Promise<MovePlan | undefined> {
  const state = await place.read();
  return state === undefined ? undefined : planner.plan(configuration, state.bytes);
}

/** Prints what a move would do. With the real providers it also shows that their plan can be made. */
async function rehearse(
  { configuration, stack, move, planner, checks, json }: Run,
  unfinished: JournalRecord | undefined,
  withPlan: boolean,
): Promise<void> {
  const { source, destination } = move;
  const before = withPlan ? await planOn(planner, configuration, source.state) : undefined;
  const running = unfinished === undefined ? undefined : describeCutover(unfinished);
  if (json)
    return printJson({
      ok: true,
      dry_run: true,
      from: source.location,
      to: destination.location,
      running: running ?? null,
      steps: stepNames,
      checks,
      ...(before === undefined ? {} : { plan: summary(before) }),
    });
  print(
    `from ${source.location}\nto   ${destination.location}${running === undefined ? "" : `\nunder way: ${running}`}`,
  );
  for (const step of stepNames) print(`${ordinal(step)}: ${step}`);
  if (before !== undefined) print(`${planSubject(stack.id, planner, before)}: ${summary(before)}`);
}

function requestOf(configuration: Configuration, stack: StackInstance, move: OpenMove): CutoverOptions {
  return cutoverOptions(configuration, stack, move, { who: whoAmI(), clock: systemClock, progress: note });
}
