import { setTimeout as sleep } from "node:timers/promises";
import { StateObject } from "../../authority/state/state-object";
import { type LedgerEntry } from "../../lib/config/ledger";
import { type MovableBackend } from "../../lib/config/backends";
import { messageOf } from "../../lib/errors";
import { contentsOf, documentOf, lineage } from "../faults/document";
import { carryOut } from "../faults/order";
import { seeded } from "../faults/random";
import { SoakClient } from "./client";
import { type Latency, Latencies } from "./measure";
import { moments, type Profile } from "./profile";
import { type SoakState, SoakWorld } from "./world";

/** What a soak did, and what does not hold after it. */
export interface SoakResult {
  readonly profile: Profile;
  readonly seconds: number;
  readonly states: number;
  readonly applies: number;
  readonly plans: number;
  readonly cutovers: number;
  readonly serverKills: number;
  readonly storeKills: number;
  /** Requests that failed in an outage and were asked again; times that somebody else had the lock. */
  readonly failures: number;
  readonly waits: number;
  /** Locks that took effect after their client had given up, and were given back by their ID. */
  readonly lateLocks: number;
  /** Versions of states in the bucket, at the end. */
  readonly versions: number;
  /** MiB of the server. */
  readonly memory: { readonly first: number; readonly last: number; readonly most: number };
  readonly latencies: readonly Latency[];
  readonly violations: readonly string[];
}

/** A week of four stacks in two environments, in a temporary `folder`. `tell` gets a line now and then. */
export async function soak(profile: Profile, folder: string, tell: (line: string) => void): Promise<SoakResult> {
  const world = await SoakWorld.open(folder);
  const started = Date.now();
  const [latencies, random] = [new Latencies(), seeded(profile.seed)];
  const clients: SoakClient[] = [];
  const violations: string[] = [];
  let clientsEnded: number | undefined;
  const done = { cutovers: 0, serverKills: 0, storeKills: 0 };
  const at = async (moment: number) => sleep(Math.max(0, started + moment - Date.now()));
  const told = (what: string) => (error: unknown) => void violations.push(`${what}: ${messageOf(error)}`);
  try {
    const lives = await Promise.all(
      world.states.map(async (state) => {
        await begin(world, state);
        return (["http", "s3"] as const).map((side) => {
          const authority = new StateObject(world.bucket(state.places), state.key);
          const client = new SoakClient(state, side, latencies, () => authority.holder());
          clients.push(client);
          return { state, client };
        });
      }),
    );
    const work = lives.flat().map(async ({ state, client }) => {
      const steps = shuffled(random, [...fill(profile.applies, "apply"), ...fill(profile.plans, "plan")] as const);
      for (const [index, moment] of moments(random, steps.length, profile.seconds).entries()) {
        await at(moment);
        await (steps[index] === "apply" ? client.apply() : client.plan());
      }
      return state;
    });
    const kills = async (count: number, kill: (downFor: number) => Promise<void>, count1: () => void) => {
      for (const moment of moments(random, count, profile.seconds)) {
        await at(moment);
        await kill(200 + 1500 * random());
        count1();
      }
    };
    const moves = world.states.map(async (state) => {
      let entry: LedgerEntry | undefined;
      for (const [index, moment] of moments(random, profile.cutovers, profile.seconds).entries()) {
        await at(moment);
        const until = () => (clientsEnded === undefined ? undefined : clientsEnded + 60_000);
        entry = await moved(world, state, { to: index % 2 === 0 ? "s3" : "http", entry, until });
        done.cutovers += 1;
      }
    });
    void Promise.allSettled(work).then(() => (clientsEnded = Date.now()));
    const progress = setInterval(() => tell(line(clients, done)), 15_000);
    await Promise.all([
      ...work.map((one) => one.catch(told("a client stopped"))),
      ...moves.map((one) => one.catch(told("a cutover"))),
      kills(
        profile.serverKills,
        (ms) => world.killServer(ms),
        () => (done.serverKills += 1),
      ).catch(told("the server")),
      kills(
        profile.storeKills,
        (ms) => world.killStore(ms),
        () => (done.storeKills += 1),
      ).catch(told("the store")),
    ]);
    clearInterval(progress);
    for (const client of clients) await client.giveBackLate();
    let versions = 0;
    for (const [index, state] of world.states.entries()) {
      const mine = lives[index] ?? [];
      const ended = await lookBack(
        world,
        state,
        mine.flatMap(({ client }) => client.accepted),
      );
      versions += ended.versions;
      violations.push(...ended.violations.map((one) => `${state.places.name}: ${one}`));
    }
    const sum = (of: (client: SoakClient) => number) => clients.reduce((total, client) => total + of(client), 0);
    return {
      profile,
      seconds: Math.round((Date.now() - started) / 1000),
      states: world.states.length,
      applies: sum(({ seen }) => seen.applies),
      plans: sum(({ seen }) => seen.plans),
      ...done,
      failures: sum(({ seen }) => seen.failures),
      waits: sum(({ seen }) => seen.waits),
      lateLocks: sum(({ seen }) => seen.lateLocks),
      versions,
      memory: { ...world.memory },
      latencies: latencies.summary(),
      violations,
    };
  } finally {
    for (const client of clients) client.close();
    await world.close();
  }
}

/** Puts the first state there. */
async function begin(world: SoakWorld, { places }: SoakState): Promise<void> {
  await world.bucket(places).create(places.key, documentOf(1, []));
}

interface Move {
  readonly to: MovableBackend;
  /** What is in the user's ledger. */
  readonly entry: LedgerEntry | undefined;
  /** When it has had its chance; undefined as long as others take the lock, too. */
  readonly until: () => number | undefined;
}

/** One move by the shipped code, typed again until it succeeds. Returns what is in the user's ledger then. */
async function moved(
  world: SoakWorld,
  { places, straight: ways }: SoakState,
  { to, entry: known, until }: Move,
): Promise<LedgerEntry | undefined> {
  let entry = known;
  for (;;) {
    const order = { verb: "cutover", to, user: "ann@laptop", skew: 0, places, ways } as const;
    const { refused, unexpected } = await carryOut(
      { ...order, ...(entry === undefined ? {} : { entry }) },
      world.environment,
      (written) => (entry = written),
    );
    if (unexpected !== undefined) throw new Error(unexpected);
    if (refused === undefined) return entry;
    if (Date.now() > (until() ?? Infinity)) throw new Error(`${places.name} does not move to ${to}: ${refused}`);
    await sleep(200);
  }
}

/** What does not hold of a state when everybody is done, and how many versions of it are kept. */
async function lookBack(
  world: SoakWorld,
  { places, key }: SoakState,
  accepted: readonly string[],
): Promise<{ readonly versions: number; readonly violations: readonly string[] }> {
  const bucket = world.bucket(places);
  const found: string[] = [];
  const state = await bucket.read(key);
  if (state === undefined) return { versions: 0, violations: ["the state is gone"] };
  const contents = contentsOf(state.bytes);
  const lost = accepted.filter((one) => !contents.writes.includes(one.split(" ")[0] ?? ""));
  found.push(...lost.map((one) => `the write ${one} is lost`));
  if (contents.writes.length !== accepted.length || contents.serial !== accepted.length + 1)
    found.push(`${accepted.length} writes were accepted, and serial ${contents.serial} has ${contents.writes.length}`);
  if (contents.lineage !== lineage) found.push(`the lineage is ${contents.lineage}`);
  const holder = await new StateObject(bucket, key).holder();
  if (holder !== undefined) found.push(`it is locked by ${holder.Who} for ${holder.Operation}`);
  const versions = (await bucket.history(key)).filter(({ removed }) => !removed).reverse();
  const serials = new Set<number>();
  let highest = 0;
  for (const { id } of versions) {
    const bytes = await bucket.readVersion(key, id);
    const { serial } = bytes === undefined ? { serial: 0 } : contentsOf(bytes);
    if (serial < highest) found.push(`serial ${serial} came after ${highest}`);
    highest = Math.max(highest, serial);
    serials.add(serial);
  }
  if (serials.size !== accepted.length + 1)
    found.push(`${accepted.length + 1} serials were written, and ${serials.size} are kept`);
  return { versions: versions.length, violations: found };
}

function fill<T>(count: number, value: T): readonly T[] {
  return Array.from({ length: count }, () => value);
}

function shuffled<T>(random: () => number, items: readonly T[]): readonly T[] {
  return items
    .map((item) => ({ item, rank: random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}

function line(
  clients: readonly SoakClient[],
  done: { readonly cutovers: number; readonly serverKills: number },
): string {
  const applies = clients.reduce((total, { seen }) => total + seen.applies, 0);
  return `${applies} applies, ${done.cutovers} cutovers, ${done.serverKills} kills of the server`;
}
