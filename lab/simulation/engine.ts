import { readGeneration, staleCheckout } from "../../authority/ledger/generation";
import { UserError } from "../../lib/errors";
import { type Backend, httpBackend, NoAnswer, Refused, s3Backend } from "./backends";
import { type Task } from "./scheduler";
import { decodeState, encodeState, engineLock, type SimulatedState } from "./state";
import { bucketKey, type Checkout, type World } from "./world";

const lockTries = 4;

/**
 * An engine that applies `count` times, behind `bin/engine`: it looks at the generation first. It works where its checkout says,
 * and pulls only now and then. What it can't write or unlock it leaves behind, like the real one.
 */
export async function runEngine(world: World, task: Task, count: number): Promise<void> {
  const checkout = world.checkout(task.name);
  for (let apply = 1; apply <= count; apply += 1) {
    if (world.scheduler.choices.decide(2) === 0) checkout.entry = world.origin;
    await applyOnce(world, task, checkout, `${task.name}.${apply}`);
  }
}

/** One apply; true where the client was told that its state is stored. */
export async function applyOnce(world: World, task: Task, checkout: Checkout, id: string): Promise<boolean> {
  const backend = await open(world, task, checkout);
  if (backend === undefined) return false;
  try {
    return await underLock(world, task, backend, id);
  } catch (error) {
    if (error instanceof NoAnswer || error instanceof Refused) return false;
    throw error;
  } finally {
    world.holders.delete(task.name);
  }
}

/** A plan without a lock: reads, and nothing more. */
export async function runPlanner(world: World, task: Task, count: number): Promise<void> {
  for (let plan = 1; plan <= count; plan += 1) {
    const from = world.history.time;
    try {
      const bytes = await (
        world.scheduler.choices.decide(2) === 0 ? httpBackend(world, task) : s3Backend(world, task)
      ).read();
      // With two places one of them is the past, and rightly shows it.
      if (world.scenario.places === "two places") continue;
      const state = bytes && decodeState(bytes);
      if (state === undefined) world.violate(`${task.name} planned from nothing`);
      else world.history.read(task.name, state, from);
    } catch (error) {
      if (!(error instanceof NoAnswer || error instanceof Refused)) throw error;
    }
  }
}

/** The backend that the checkout names; undefined where the guard says that the checkout is from before a cutover. */
async function open(world: World, task: Task, { entry }: Checkout): Promise<Backend | undefined> {
  if (world.scenario.places === "two places") {
    try {
      if (
        staleCheckout("attic-dev", "ledger", entry, await readGeneration(world.store("s3", task), bucketKey)) !==
        undefined
      )
        return undefined;
    } catch (error) {
      if (error instanceof UserError) return undefined;
      throw error;
    }
    // An engine knows no identity: in a bucket that was created anew it sees an empty state, and only the guard would stop it.
    if (entry?.backend === "s3" && world.scenario.bucketIsLost && !world.isCalm) return undefined;
    return entry?.backend === "s3" ? s3Backend(world, task) : httpBackend(world, task);
  }
  return world.scenario.bucketIsLost || world.scheduler.choices.decide(2) === 0
    ? httpBackend(world, task)
    : s3Backend(world, task);
}

async function underLock(world: World, task: Task, backend: Backend, id: string): Promise<boolean> {
  const info = engineLock(`${backend.name}-lock-${id}`, task.name, task.clock.now());
  if (!(await take(world, task, backend, info))) return false;
  world.holders.add(task.name);
  if (world.holders.size > 1 && !breaksAnything(world) && !world.scenario.bucketIsLost)
    world.violate(`two hold the lock: ${[...world.holders].join(", ")}`);
  let isStored = false;
  try {
    isStored = await change(world, task, backend, info, id);
  } catch (error) {
    // An engine that could not write keeps errored.tfstate, and still gives its lock back.
    if (!(error instanceof NoAnswer || error instanceof Refused)) throw error;
  }
  // From the moment on that it sends the unlock, somebody else may rightly have the lock.
  world.holders.delete(task.name);
  await backend.unlock(info);
  return isStored;
}

/** With -lock-timeout: waits for the holder some times. */
async function take(world: World, task: Task, backend: Backend, info: ReturnType<typeof engineLock>): Promise<boolean> {
  for (let attempt = 1; attempt <= lockTries; attempt += 1) {
    if (await backend.lock(info)) return true;
    await world.scheduler.sleep(task, 2000);
  }
  return false;
}

async function change(
  world: World,
  task: Task,
  backend: Backend,
  info: ReturnType<typeof engineLock>,
  id: string,
): Promise<boolean> {
  const from = world.history.time;
  const bytes = await backend.read();
  const base = bytes && decodeState(bytes);
  if (base === undefined) {
    // A real one would now plan to create everything a second time.
    world.violate(`${task.name} planned from nothing`);
    return false;
  }
  if (isJudged(world)) world.history.read(task.name, base, from);
  const made: SimulatedState = { id, parent: base.id, serial: base.serial + 1, lineage: base.lineage };
  const call = world.history.sent(task.name, made);
  // Where it is refused, an earlier attempt whose answer was lost may have come through all the same: the call stays open.
  await backend.write(encodeState(made), info);
  world.history.finished(call);
  world.accepted.push(made);
  return true;
}

/** Whoever lost the lock by force may look at a place that was left meanwhile: what it reads there is the past. */
function isJudged({ scenario }: World): boolean {
  return !(scenario.breaksLocks || scenario.breaksMoves) || scenario.places === "one object";
}

function breaksAnything({ scenario }: World): boolean {
  return scenario.breaksLocks || scenario.breaksMoves;
}
