import { type LockInfo, zeroTime } from "../../authority/state/lock-info";
import { StateRefusal } from "../../authority/refusals";
import { isSealTo } from "../../authority/cutover/seal";
import { readGeneration } from "../../authority/ledger/generation";
import { Journal } from "../../authority/cutover/journal";
import { isUnfinished } from "../../authority/cutover/record";
import { otherBackend, type MovableBackend } from "../../lib/config/backends";
import { contentsOf, after, lineage } from "./document";
import { type Accepted } from "./writers";
import { type World } from "./world";
import { messageOf } from "../../lib/errors";

/**
 * What must hold when a run is over and the network is whole again. Returns what does not.
 * The applies at the end are part of it: on the live backend one succeeds, on the other one it is told where to go.
 */
export async function violations(
  world: World,
  live: MovableBackend,
  accepted: readonly Accepted[],
  tell: (kind: string) => void,
): Promise<string[]> {
  const found: string[] = [];
  const other = otherBackend(live);
  const bucket = world.straightBucket;
  const states = { s3: world.state("s3"), http: world.state("http") };
  const journal = await Journal.peek(bucket, world.key);
  if (isUnfinished(journal)) found.push(`the cutover is not finished: ${journal.state}, step ${journal.step}`);
  if ((await readGeneration(bucket, world.key))?.backend !== live) found.push("the generation names another place");

  const state = await states[live].read();
  if (state === undefined) return [...found, `there is no state at the live place, ${live}`];
  const contents = contentsOf(state.bytes);
  if (contents.lineage !== lineage) found.push(`the lineage is ${contents.lineage}`);
  const lost = accepted.filter(({ name }) => !contents.writes.includes(name));
  for (const { side, name, serial } of lost)
    found.push(
      `the write ${name}, accepted through ${side} as serial ${serial}, is not in serial ${contents.serial} at ${live}`,
    );
  const highest = Math.max(0, ...accepted.map(({ serial }) => serial));
  if (contents.serial < highest)
    found.push(`serial ${highest} was accepted, and the live place is at ${contents.serial}`);
  found.push(...(await fallingSerials(world, live)), ...(await fallingSerials(world, other)));

  const late = await world.authority(live).holder();
  if (late !== undefined && ["cutover", "OperationTypeApply"].includes(late.Operation) && !isUnfinished(journal)) {
    // A request that was long on its way: the holder is named, its cutover or apply is over, and `flywheel unlock` gives it back.
    await world.authority(live).unlock(late.ID);
    tell("a late lock, given back by flywheel unlock");
  }
  const probe: LockInfo = {
    ID: "final-apply",
    Operation: "OperationTypeApply",
    Info: "",
    Who: "cleo@laptop",
    Version: "1.11.4",
    Created: zeroTime,
    Path: "",
  };
  try {
    await states[live].lock(probe);
    await states[live].write(after(state.bytes, "final"), probe.ID);
    await states[live].unlock(probe.ID);
  } catch (error) {
    found.push(`an apply at the live place fails: ${messageOf(error)}`);
  }
  if (!world.sameObject) {
    try {
      await states[other].lock({ ...probe, ID: "stale-apply" });
      found.push(`the place that was left, ${other}, can be locked`);
    } catch (error) {
      if (!(error instanceof StateRefusal) || error.holder === undefined)
        found.push(`the place that was left, ${other}, refuses without naming a holder`);
      else if (!isSealTo(error.holder, world.locations[live]))
        found.push(
          `the place that was left is locked by ${error.holder.Who} for ${error.holder.Operation}, and not sealed to the live place`,
        );
    }
  }
  return found;
}

/** Serials in a place's own history: never falling, not even over a removal. */
async function fallingSerials(world: World, side: MovableBackend): Promise<string[]> {
  const store = world.store(side);
  const versions = (await store.history(world.key)).filter(({ removed }) => !removed).reverse();
  const found: string[] = [];
  let highest = 0;
  for (const { id } of versions) {
    const bytes = await store.readVersion(world.key, id);
    const serial = bytes === undefined ? highest : contentsOf(bytes).serial;
    if (serial < highest) found.push(`at ${side} serial ${serial} came after ${highest}`);
    highest = Math.max(highest, serial);
  }
  return found;
}

/**
 * Looks again and again whether both places hold a state and no lock. The destination is looked at first: once it is open, the
 * source must be sealed already. Sound where the destination has no open copy of its own to begin with.
 */
export class Watcher {
  readonly found = new Set<string>();
  #stopping = false;
  readonly #running: Promise<void>;

  constructor(world: World, destination: MovableBackend) {
    const source = otherBackend(destination);
    const places = { s3: world.authority("s3"), http: world.authority("http") };
    const isOpen = async (side: MovableBackend): Promise<boolean> =>
      (await places[side].read()) !== undefined && (await places[side].holder()) === undefined;
    this.#running = (async () => {
      for (let looks = 0; !this.#stopping && looks < 30; looks += 1) {
        if ((await isOpen(destination)) && (await isOpen(source)))
          this.found.add("both places hold a state and can be locked");
        await new Promise((resolve) => setTimeout(resolve, 25 + 5 * looks));
      }
    })().catch((error: unknown) => void this.found.add(`the watcher failed: ${String(error)}`));
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
  }
}
