import { isUnfinished, Journal } from "../../authority/cutover/journal";
import { sealedTo } from "../../authority/cutover/seal";
import { readGeneration } from "../../authority/generation";
import { type LedgerEntry } from "../../lib/config/ledger";
import { planFrom, type Plan } from "./plan";
import { Actor } from "./actor";
import { documentOf } from "./document";
import { violations, Watcher } from "./invariants";
import { type Plant } from "./plants";
import { seeded } from "./random";
import { type Ground, type Side, World } from "./world";
import { ApplyLoop } from "./writers";

/** What one run did. */
export interface RunResult {
  readonly seed: number;
  readonly plan: Plan;
  /** Faults and incidents that really happened, by kind. */
  readonly told: Readonly<Record<string, number>>;
  readonly accepted: number;
  readonly violations: readonly string[];
  readonly milliseconds: number;
}

/**
 * One run: a state, two apply loops, one or two users who move it under faults, and a third one who finishes on a whole network.
 * The seed decides the plan and the faults; the scheduling of a real machine decides the rest.
 */
export async function faultRun(ground: Ground, seed: number, plant?: Plant): Promise<RunResult> {
  const started = process.hrtime.bigint();
  const plan = planFrom(seeded(seed));
  const told: Record<string, number> = {};
  const world = await World.open(ground, plan.sameObject);
  const found: string[] = [];
  const closing: (() => Promise<void>)[] = [];
  let accepted = 0;
  try {
    const tell = (kind: string) => (told[kind] = (told[kind] ?? 0) + 1);
    const actor = async (user: string, offset: number, entry: LedgerEntry | undefined, rest: Partial<Pick<Parameters<typeof Actor.open>[1], "incident" | "faults">> = {}) => {
      const opened = await Actor.open(world, { user, entry, random: seeded(seed + offset), faults: 0, told: tell, ...(plant === undefined ? {} : { plant }), ...rest });
      closing.push(() => opened.close());
      return opened;
    };
    const first = await prepare(world, plan, async () => actor("setup", 1, undefined));
    const loops = await Promise.all(clients(plan).map((side, index) => ApplyLoop.start(world, side, seeded(seed + 10 + index), plan.writerFaults)));
    const watcher: Watcher | undefined = plan.sameObject || plan.olderCopy ? undefined : new Watcher(world, plan.to);
    closing.push(async () => watcher?.stop(), ...loops.map((loop) => () => loop.stop()));

    const ann = await actor("ann@laptop", 2, first, { faults: plan.faults, ...(plan.incident === undefined ? {} : { incident: plan.incident }) });
    const bob = await actor("bob@desk", 3, first, { faults: plan.faults });
    const anns = ann.insist("cutover", plan.to, 25);
    if (plan.bobs === "at once") await new Promise((resolve) => setTimeout(resolve, plan.delay));
    else await Promise.race([anns, ann.happened]);
    await bob.insist(plan.bobs === "abort" ? "abort" : "cutover", plan.to, 25);
    ann.resume();
    await anns;

    for (const loop of loops) await loop.stop();
    // What a dead machine had written into its clone is lost with it.
    const shared = [first, bob.entry, ann.isDead ? undefined : ann.entry];
    const newest = shared.reduce<LedgerEntry | undefined>((best, entry) => ((entry?.generation ?? 0) > (best?.generation ?? 0) ? entry : best), undefined);
    const cleo = await actor("cleo@home", 4, newest);
    found.push(...(await finish(world, cleo, plan.to, tell)));
    await watcher?.stop();
    found.push(...(watcher?.found ?? []), ...ann.unexpected, ...bob.unexpected, ...cleo.unexpected);
    const writes = loops.flatMap((loop) => loop.accepted);
    accepted = writes.length;
    found.push(...(await violations(world, plan.to, writes, tell)));
  } catch (error) {
    found.push(`the run itself failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  } finally {
    for (const close of closing) await close().catch((error: unknown) => void found.push(`closing failed: ${String(error)}`));
    await world.close();
  }
  return { seed, plan, told, accepted, violations: found, milliseconds: Number(process.hrtime.bigint() - started) / 1e6 };
}

/** Who applies: through both doors, except where that would be two live states from before the move. */
function clients({ to, olderCopy, sameObject }: Plan): readonly Side[] {
  return olderCopy && !sameObject ? [to === "s3" ? "http" : "s3"] : ["http", "s3"];
}

/** Puts the first state where the move starts. Returns the ledger entry that everybody has. */
async function prepare(world: World, plan: Plan, mover: () => Promise<Actor>): Promise<LedgerEntry | undefined> {
  const put = async (side: Side, serial: number) => {
    const state = world.state(side, world.straight);
    const info = { ID: `first-${side}`, Operation: "OperationTypeApply", Info: "", Who: "setup", Version: "", Created: "2026-04-16T09:12:00Z", Path: "" };
    await state.lock(info);
    await state.write(documentOf(serial, []), info.ID);
    await state.unlock(info.ID);
  };
  const olderCopy = plan.olderCopy && !plan.sameObject;
  if (olderCopy) await put(plan.to, 1);
  if (olderCopy && plan.to === "http") {
    await put("s3", 3);
    return undefined;
  }
  await put("http", 3);
  if (plan.to === "s3") return undefined;
  const setup = await mover();
  if (!(await setup.insist("cutover", "s3", 3))) throw new Error("the first move failed");
  return setup.entry;
}

/**
 * What `flywheel unlock` does, by its own rule: a request that was long on its way locked the source for a cutover that is over, and
 * the source is the live place. Counted, so that the report says how often it took this.
 */
async function unlockByName(world: World, to: Side, tell: (kind: string) => void): Promise<void> {
  const source = world.authority(to === "s3" ? "http" : "s3");
  const holder = await source.holder();
  const generation = await readGeneration(world.straightBucket, world.key);
  const isLive = generation === undefined || generation.backend !== to;
  // Nobody applies any more: a lock of theirs is one whose request was longer on its way than they waited.
  const isStale = sealedTo(holder) !== undefined || holder?.Operation === "OperationTypeApply";
  if (holder === undefined || !isStale || !isLive || isUnfinished(await Journal.peek(world.straightBucket, world.key))) return;
  await source.unlock(holder.ID);
  tell("a late lock, given back by flywheel unlock");
}

/** The same command from somebody's fresh clone, on a whole network, finishes; three tries are for an abort in between. */
async function finish(world: World, cleo: Actor, to: Side, tell: (kind: string) => void): Promise<string[]> {
  const codes: string[] = [];
  for (let attempt = 0; attempt < 4; attempt += 1) {
    const journal = await Journal.peek(world.straightBucket, world.key);
    const verb = journal?.state === "aborting" || codes.at(-1) === "stale-checkout" ? "abort" : "cutover";
    const code = await cleo.type(verb, to);
    if (code === undefined && verb === "cutover") return [];
    codes.push(code ?? verb);
    if (code === "locked") await unlockByName(world, to, tell);
  }
  const journal = await Journal.peek(world.straightBucket, world.key);
  return [`running it again does not finish: ${codes.join(", ")}; the journal is ${isUnfinished(journal) ? `${journal.state} at step ${journal.step}` : (journal?.state ?? "not there")}`];
}
