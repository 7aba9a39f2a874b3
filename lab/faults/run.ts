import { type LedgerEntry } from "../../lib/config/ledger";
import { Actor, type ActorOptions } from "./actor";
import { Aftermath } from "./aftermath";
import { finish } from "./finish";
import { violations, Watcher } from "./invariants";
import { planFrom, type Plan, type Spell } from "./plan";
import { type Plant } from "./plants";
import { begunAt, clients, prepare } from "./prepare";
import { seeded } from "./random";
import { type Ground, World } from "./world";
import { ApplyLoop } from "./writers";
import { traceOf } from "../../lib/errors";

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
 * One run: a state, two apply loops, one or two users who move it under faults, sometimes an apply that could not save what it did, and
 * another user who finishes on a whole network.
 * The seed decides the plan and the faults; the scheduling of a real machine decides the rest.
 */
export async function faultRun(ground: Ground, seed: number, plant?: Plant): Promise<RunResult> {
  const started = process.hrtime.bigint();
  const plan = planFrom(seed);
  const told: Record<string, number> = {};
  const world = await World.open(ground, plan.sameObject);
  const found: string[] = [];
  const closing: (() => Promise<void>)[] = [];
  let accepted = 0;
  try {
    const tell = (kind: string) => (told[kind] = (told[kind] ?? 0) + 1);
    const actor = async (
      user: string,
      offset: number,
      entry: LedgerEntry | undefined,
      rest: Partial<Pick<ActorOptions, "incident" | "spell" | "faults">> = {},
    ) => {
      const opened = await Actor.open(world, {
        user,
        entry,
        random: seeded(seed + offset),
        faults: 0,
        told: tell,
        ...(plant === undefined ? {} : { plant }),
        ...rest,
      });
      closing.push(() => opened.close());
      return opened;
    };
    const first = await prepare(world, plan, async () => actor("setup", 1, undefined));
    const users: Actor[] = [];
    const newest = () =>
      users.reduce((best, { shared }) => ((shared?.generation ?? 0) > (best?.generation ?? 0) ? shared : best), first);
    const aftermath =
      plan.outage &&
      new Aftermath({
        world,
        plan: plan.outage,
        to: plan.to,
        begun: begunAt(plan),
        dan: await actor("dan@train", 5, first),
        ledger: newest,
        plant,
        tell,
      });
    const writing = {
      faults: plan.writerFaults,
      ...(aftermath === undefined ? {} : { outage: aftermath.outage }),
      ...(plant === undefined ? {} : { plant }),
    };
    const loops = await Promise.all(
      clients(plan).map((side, index) =>
        ApplyLoop.start(world, side, { ...writing, random: seeded(seed + 10 + index) }),
      ),
    );
    const watcher: Watcher | undefined = plan.sameObject || plan.olderCopy ? undefined : new Watcher(world, plan.to);
    closing.push(async () => watcher?.stop(), ...loops.map((loop) => () => loop.stop()));

    const spellOf = (user: Spell["of"]) => (plan.spell?.of === user ? { spell: plan.spell } : {});
    const ann = await actor("ann@laptop", 2, first, {
      faults: plan.faults,
      ...spellOf("ann"),
      ...(plan.incident === undefined ? {} : { incident: plan.incident }),
    });
    const bob = await actor("bob@desk", 3, first, {
      faults: plan.faults,
      ...spellOf("bob"),
      ...(plan.secondIncident === undefined ? {} : { incident: plan.secondIncident }),
    });
    users.push(bob, ann, ...(aftermath === undefined ? [] : [aftermath.dan]));
    const anns = ann.insist("cutover", plan.to, 25);
    if (plan.bobs === "at once") await new Promise((resolve) => setTimeout(resolve, plan.delay));
    else await Promise.race([anns, ann.happened]);
    await bob.insist(plan.bobs === "abort" ? "abort" : "cutover", plan.to, 25);
    ann.resume();
    await anns;

    for (const loop of loops) await loop.stop();
    await aftermath?.at("after the users");
    const cleo = await actor("cleo@home", 4, newest());
    users.push(cleo);
    found.push(...(await finish(world, cleo, plan.to, tell)));
    await aftermath?.at("after the move");
    await watcher?.stop();
    found.push(
      ...(watcher?.found ?? []),
      ...(aftermath?.found ?? []),
      ...users.flatMap(({ unexpected }) => unexpected),
    );
    const writes = [...loops.flatMap((loop) => loop.accepted), ...(aftermath?.recovered ?? [])];
    accepted = writes.length;
    found.push(...(await violations(world, plan.to, writes, tell)));
  } catch (error) {
    found.push(`the run itself failed: ${traceOf(error)}`);
  } finally {
    for (const close of closing)
      await close().catch((error: unknown) => void found.push(`closing failed: ${String(error)}`));
    await world.close();
  }
  return {
    seed,
    plan,
    told,
    accepted,
    violations: found,
    milliseconds: Number(process.hrtime.bigint() - started) / 1e6,
  };
}
