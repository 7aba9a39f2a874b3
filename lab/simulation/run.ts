import { Journal } from "../../authority/cutover/journal";
import { hasReached, isUnfinished } from "../../authority/cutover/record";
import { sealedTo } from "../../authority/cutover/seal";
import { readGeneration } from "../../authority/ledger/generation";
import { type Choices, ListedChoices, Random, RandomChoices } from "./choices";
import { applyOnce, runEngine, runPlanner } from "./engine";
import { type Call } from "./history";
import { checkEnd, checkStep } from "./invariants";
import { problemOf, runBreakMove, runBucketLoss, runForceUnlock, runMove } from "./people";
import { isMovableBackend, movableBackends, otherBackend, type MovableBackend } from "../../lib/config/backends";
import { randomScenario, type ClientKind, type Scenario } from "./scenario";
import { Scheduler, type Task } from "./scheduler";
import { type Code, shipped } from "./shipped";
import { bucketKey, World } from "./world";
import { traceOf } from "../../lib/errors";

/** How one run ended. */
export interface Outcome {
  readonly scenario: Scenario;
  /** Empty where every invariant held. */
  readonly violations: readonly string[];
  /** One line for each operation, where that was asked for. */
  readonly trace: readonly string[];
  readonly calls: readonly Call[];
  readonly steps: number;
  /** Locks of a cutover that no command of ours gave back: the last user did it by ID. */
  readonly brokenByHand: number;
}

export interface RunOptions {
  readonly code?: Code;
  readonly trace?: boolean;
}

/** One run of a random scenario: the seed says everything. */
export function runSeed(seed: number, options: RunOptions & { readonly scenario?: Scenario } = {}): Promise<Outcome> {
  const random = new Random(seed);
  const scenario = options.scenario ?? randomScenario(random);
  return runOnce(scenario, new RandomChoices(random), options);
}

const skews = [0, -3_600_000, 86_400_000];

/** One run: the clients with faults, then a last user without any, who finishes what was begun; invariants all the way. */
export async function runOnce(
  scenario: Scenario,
  choices: Choices,
  { code = shipped, trace = false }: RunOptions = {},
): Promise<Outcome> {
  let steps = 0;
  const calm = new ListedChoices([]);
  const scheduler: Scheduler = new Scheduler(calm, 0, {
    trace,
    stepLimit: 3000,
    afterStep: () => {
      steps += 1;
      checkStep(world);
      return world.violations.length === 0;
    },
  });
  const world: World = new World(scenario, code, scheduler);
  try {
    if (scenario.start === "s3") await alone(world, "setup", (task) => moveThere(world, task));
    scheduler.choices = choices;
    scheduler.faultsLeft = scenario.faults;
    scenario.clients.forEach((kind, index) => {
      const task = scheduler.task(`${kind} ${index + 1}`, skews[index % skews.length]);
      scheduler.start(task, () => client(world, task, kind));
    });
    if (world.violations.length === 0) await scheduler.run();
    const finishByAbort = choices.decide(2) === 1;
    scheduler.choices = calm;
    scheduler.faultsLeft = 0;
    world.isCalm = true;
    world.loseBucket(false);
    world.pushAll();
    if (world.violations.length === 0) await alone(world, "last user", (task) => finishAll(world, task, finishByAbort));
  } catch (error) {
    world.violate(`threw: ${traceOf(error)}`);
  }
  return {
    scenario,
    violations: world.violations,
    trace: scheduler.trace,
    calls: world.history.calls,
    steps,
    brokenByHand: world.brokenByHand,
  };
}

function client(world: World, task: Task, kind: ClientKind): Promise<void> {
  switch (kind) {
    case "engine":
      return runEngine(world, task, 2);
    case "planner":
      return runPlanner(world, task, 4);
    case "cutover to s3":
      return runMove(world, task, { to: "s3", abort: false });
    case "cutover to http":
      return runMove(world, task, { to: "http", abort: false });
    case "abort":
      return runMove(world, task, { to: otherBackend(world.scenario.start), abort: true });
    case "force-unlock":
      return runForceUnlock(world, task);
    case "break-move":
      return runBreakMove(world, task);
    case "bucket-loss":
      return runBucketLoss(world, task);
  }
}

async function alone(world: World, name: string, run: (task: Task) => Promise<void>): Promise<void> {
  const task = world.scheduler.task(name);
  world.scheduler.start(task, () => run(task));
  await world.scheduler.run();
}

async function moveThere(world: World, task: Task): Promise<void> {
  const checkout = world.checkout(task.name);
  await world.code.cutover(world.move("s3", checkout, task));
  world.push(checkout);
}

/** What an operator does the next morning: finish or undo the move, break the locks of the dead, apply. */
async function finishAll(world: World, task: Task, byAbort: boolean): Promise<void> {
  const checkout = world.checkout(task.name);
  for (let attempt = 1; ; attempt += 1) {
    const journal = await Journal.peek(world.store("s3", task), bucketKey);
    if (journal === undefined || journal.state === "done") break;
    const options = world.move(journal.to.backend, checkout, task);
    const isAbort =
      !isUnfinished(journal) ||
      journal.state === "aborting" ||
      (byAbort !== attempt > 3 && !hasReached(journal, "unlock the destination"));
    const problem = await problemOf(isAbort ? world.code.abort(options) : world.code.cutover(options));
    if (problem === undefined) break;
    if (attempt > 4)
      return world.violate(`running again does not finish: ${problem}; ${await world.describeJournal(task)}`);
    await unlockDead(world, task);
  }
  world.push(checkout);
  checkout.entry = world.origin;
  const generation = await readGeneration(world.store("s3", task), bucketKey);
  if (generation !== undefined && generation.generation > checkout.entry.generation) {
    // The move was completed, and whoever completed it is gone: the same command tells this checkout.
    await unlockDead(world, task);
    const problem = await problemOf(world.code.cutover(world.move(generation.backend, checkout, task)));
    if (problem !== undefined && !(problem === "forked" && world.moveLockWasBroken))
      return world.violate(`no checkout can hear of generation ${generation.generation}: ${problem}`);
  }
  if (generation !== undefined) {
    // Whoever types it once more, from a checkout that knows, hears that it is there.
    await unlockDead(world, task);
    const again = await problemOf(world.code.cutover(world.move(generation.backend, checkout, task)));
    world.forkWasTold = again === "forked" && world.moveLockWasBroken;
    if (again !== undefined && !world.forkWasTold)
      world.violate(`the same command again, when all is done: ${again}; ${await world.describeJournal(task)}`);
  }
  await unlockDead(world, task);
  const live = isMovableBackend(checkout.entry.backend) ? checkout.entry.backend : world.scenario.start;
  await unlockStraggler(world, task, live);
  if (!(await applyOnce(world, task, checkout, "last apply")))
    return world.violate(
      `nobody can apply at ${live}: ${world.lockOn(live)?.Info ?? "no lock"}; ${await world.describeJournal(task)}`,
    );
  checkEnd(world, live);
}

/** All that were killed are dead by now: their locks are given back by their IDs, as `flywheel unlock` does. */
async function unlockDead(world: World, task: Task): Promise<void> {
  world.holders.clear();
  for (const side of movableBackends) {
    const held = world.lockOn(side);
    if (held === undefined || held.Operation === "cutover") continue;
    await world.place(side, task).unlock(held.ID, task.name);
  }
}

/**
 * A request that was long on its way, or a journal that vanished with its bucket, can leave a lock of an ended cutover, at the
 * live place or at the destination, that no command of ours gives back. It names its holder, and is given back by its ID. Without
 * faults nothing like it may happen, and a seal of a place that is not live is none of these.
 */
async function unlockStraggler(world: World, task: Task, live: MovableBackend): Promise<void> {
  if (world.scenario.faults === 0 && !world.scenario.bucketIsLost && !world.moveLockWasBroken) return;
  for (const side of movableBackends) {
    const held = world.lockOn(side);
    if (held?.Operation !== "cutover" || (side !== live && sealedTo(held) !== undefined)) continue;
    world.brokenByHand += 1;
    await world.place(side, task).unlock(held.ID, task.name);
  }
}
