import { Journal } from "../../authority/cutover/journal";
import { isUnfinished } from "../../authority/cutover/record";
import { sealedTo } from "../../authority/cutover/seal";
import { readGeneration } from "../../authority/ledger/generation";
import { type Actor } from "./actor";
import { otherBackend, type MovableBackend } from "../../lib/config/backends";
import { type World } from "./world";

/**
 * What `flywheel unlock` does, by its own rule: a request that was long on its way locked a place for a cutover that is over, and it is
 * the live place. Counted, so that the report says how often it took this.
 */
export async function unlockByName(world: World, backend: MovableBackend, tell: (kind: string) => void): Promise<void> {
  const place = world.authority(backend);
  const holder = await place.holder();
  const generation = await readGeneration(world.straightBucket, world.key);
  const isLive = generation === undefined || generation.backend === backend;
  // Nobody applies any more: a lock of theirs is one whose request was longer on its way than they waited.
  const isStale = sealedTo(holder) !== undefined || holder?.Operation === "OperationTypeApply";
  if (holder === undefined || !isStale || !isLive || isUnfinished(await Journal.peek(world.straightBucket, world.key)))
    return;
  await place.unlock(holder.ID);
  tell("a late lock, given back by flywheel unlock");
}

/** The same command from somebody's fresh clone, on a whole network, finishes; three tries are for an abort in between. */
export async function finish(
  world: World,
  cleo: Actor,
  to: MovableBackend,
  tell: (kind: string) => void,
): Promise<string[]> {
  const codes: string[] = [];
  for (let attempt = 0; attempt < 4; attempt += 1) {
    const journal = await Journal.peek(world.straightBucket, world.key);
    const verb = journal?.state === "aborting" || codes.at(-1) === "stale-checkout" ? "abort" : "cutover";
    const code = await cleo.type(verb, to);
    if (code === undefined && verb === "cutover") return [];
    codes.push(code ?? verb);
    if (code === "locked") await unlockByName(world, otherBackend(to), tell);
  }
  const journal = await Journal.peek(world.straightBucket, world.key);
  return [
    `running it again does not finish: ${codes.join(", ")}; the journal is ${isUnfinished(journal) ? `${journal.state} at step ${journal.step}` : (journal?.state ?? "not there")}`,
  ];
}
