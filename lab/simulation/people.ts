import { Journal } from "../../authority/cutover/journal";
import { isUnfinished } from "../../authority/cutover/record";
import { sealedTo } from "../../authority/cutover/seal";
import { UserError } from "../../lib/errors";
import { isMovableBackend, otherBackend, type MovableBackend } from "../../lib/config/backends";
import { applyOnce } from "./engine";
import { type Task } from "./scheduler";
import { bucketKey, type World } from "./world";

/** Starts a move, and where it ended in an outage or a refusal, perhaps the same or its abort again. */
export async function runMove(
  world: World,
  task: Task,
  command: { readonly to: MovableBackend; readonly abort: boolean },
): Promise<void> {
  const checkout = world.checkout(task.name);
  for (let attempt = 1; attempt <= 2; attempt += 1) {
    if (world.scheduler.choices.decide(2) === 0) checkout.entry = world.origin;
    const options = world.move(command.to, checkout, task);
    const isAbort = command.abort !== (attempt > 1 && world.scheduler.choices.decide(3) === 2);
    const problem = await problemOf(isAbort ? world.code.abort(options) : world.code.cutover(options));
    if (problem === undefined) return world.push(checkout);
    await world.scheduler.sleep(task, 1000);
  }
}

/** The code of the refusal or outage; undefined for success. Whatever else is thrown is a stack trace for an operator: an error. */
export async function problemOf(run: Promise<unknown>): Promise<string | undefined> {
  try {
    await run;
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return error.problems[0]?.code ?? "unknown";
    throw error;
  }
}

/** `flywheel unlock` at an odd moment: the holder may be at work. Like the command it leaves seals and a cutover's locks alone. */
export async function runForceUnlock(world: World, task: Task): Promise<void> {
  const checkout = world.checkout(task.name);
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    checkout.entry = world.origin;
    try {
      const journal = await Journal.peek(world.store("s3", task), bucketKey);
      const server = world.place(
        isMovableBackend(checkout.entry.backend) ? checkout.entry.backend : world.scenario.start,
        task,
      );
      const holder = await server.holder();
      const isOfCutover =
        holder !== undefined && isUnfinished(journal) && [journal.from.lock, journal.to.lock].includes(holder.ID);
      if (holder === undefined || isOfCutover || sealedTo(holder) !== undefined) continue;
      if (holder.ID.startsWith("s3-lock-") || world.scenario.places === "one object") world.s3LockWasBroken = true;
      await server.unlock(holder.ID, task.name);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
    await world.scheduler.sleep(task, 500);
  }
}

/**
 * An operator in trouble: a lock of a move, or its seal, is in the way of an apply. It is given back by its ID, with the tools of the server
 * and not with ours, and the apply is tried again at once, or not.
 */
export async function runBreakMove(world: World, task: Task): Promise<void> {
  const checkout = world.checkout(task.name);
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    const named = checkout.entry?.backend ?? world.scenario.start;
    const isWhereWorkIs = world.scheduler.choices.decide(3) !== 2;
    const side = isMovableBackend(named) && isWhereWorkIs ? named : otherBackend(world.scenario.start);
    const place = world.place(side, task);
    try {
      const holder = await place.holder();
      if (holder?.Operation === "cutover") {
        world.moveLockWasBroken = true;
        await place.unlock(holder.ID, task.name);
        if (world.scheduler.choices.decide(3) !== 2) await applyOnce(world, task, checkout, `${task.name}.${attempt}`);
      }
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
    await world.scheduler.sleep(task, 500);
  }
}

/** The bucket is gone for a while: another one, empty, answers under its name. */
export async function runBucketLoss(world: World, task: Task): Promise<void> {
  const step = (label: string, effect: () => boolean) =>
    world.scheduler.operate(task, { label, faults: [], effect, failure: () => new Error(label) });
  await step("the bucket is created anew", () => world.loseBucket(true));
  await world.scheduler.sleep(task, world.scheduler.choices.decide(2) * 15_000);
  // S3Store says "nothing there" when it has seen the identity after the absence. A bucket that comes back between these two
  // requests deceives it (docs/simulation.md). So it does not; whoever died between them would hold it up for ever.
  for (let patience = 0; patience < 50; patience += 1) {
    if (await step("the bucket is back", () => world.looksUnderWay === 0 && world.loseBucket(false))) return;
    await world.scheduler.sleep(task, 100);
  }
}
