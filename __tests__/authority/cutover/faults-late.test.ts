import { abortCutover, cutover } from "../../../authority/cutover/cutover";
import { type CutoverOptions, type NamedPlace } from "../../../authority/cutover/move";
import { readGeneration } from "../../../authority/ledger/generation";
import { type ObjectStore } from "../../../authority/stores/object-store";
import { UserError } from "../../../lib/errors";
import { type Checkout, stateKey, World } from "./world";

/** A process that sleeps at one of its operations, as a laptop with its lid closed does, and wakes when somebody else is done. */
class Sleeper {
  remaining: number;
  asleep: Promise<void>;
  #fellAsleep: () => void = () => undefined;
  #wake: () => void = () => undefined;
  readonly #awake: Promise<void>;

  constructor(at: number) {
    this.remaining = at;
    this.asleep = new Promise((resolve) => (this.#fellAsleep = resolve));
    this.#awake = new Promise((resolve) => (this.#wake = resolve));
  }

  wake(): void {
    this.#wake();
  }

  options(options: CutoverOptions): CutoverOptions {
    return {
      ...options,
      store: this.#store(options.store),
      source: this.#place(options.source),
      destination: this.#place(options.destination),
    };
  }

  #wrap<A extends unknown[], R>(operation: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
    return async (...args) => {
      if (this.remaining-- === 0) {
        this.#fellAsleep();
        await this.#awake;
      }
      return operation(...args);
    };
  }

  #store(store: ObjectStore): ObjectStore {
    return {
      description: store.description,
      ownFolder: store.ownFolder,
      read: this.#wrap((key) => store.read(key)),
      create: this.#wrap((...args) => store.create(...args)),
      replace: this.#wrap((...args) => store.replace(...args)),
      remove: this.#wrap((...args) => store.remove(...args)),
      history: this.#wrap((key) => store.history(key)),
      readVersion: this.#wrap((...args) => store.readVersion(...args)),
    };
  }

  #place(place: NamedPlace): NamedPlace {
    const { state } = place;
    return {
      ...place,
      state: {
        read: this.#wrap(() => state.read()),
        write: this.#wrap((...args) => state.write(...args)),
        lock: this.#wrap((...args) => state.lock(...args)),
        unlock: this.#wrap((...args) => state.unlock(...args)),
        delete: this.#wrap((...args) => state.delete(...args)),
      },
    };
  }
}

/** Ann's process falls asleep at an operation; Bob does `verb`; Ann's wakes up and ends as it may. False where it never fell asleep. */
async function asleepAt(at: number, verb: "cutover" | "abort"): Promise<{ world: World; bob: Checkout } | undefined> {
  const world = new World();
  await world.apply("http", 7);
  const sleeper = new Sleeper(at);
  const anns = cutover(sleeper.options(world.run("s3", { user: "ann" }))).then(
    () => false,
    () => false,
  );
  if ((await Promise.race([sleeper.asleep.then(() => true), anns])) === false) return undefined;
  const bob: Checkout = { user: "bob" };
  await (verb === "cutover" ? cutover(world.run("s3", bob)) : abortCutover(world.run("s3", bob))).catch(
    (error: unknown) => {
      if (!(error instanceof UserError)) throw error;
    },
  );
  sleeper.wake();
  await anns;
  return { world, bob };
}

describe("a process that slept through the move", () => {
  it("takes no lock that nobody gives back when somebody else has finished", async () => {
    let slept = 0;
    for (let at = 0; ; at += 1) {
      const woken = await asleepAt(at, "cutover");
      if (woken === undefined) break;
      slept += 1;
      expect([at, await woken.world.openSides()]).toEqual([at, ["s3"]]);
    }
    expect(slept).toBeGreaterThan(20);
  });

  it("takes no lock, and no generation, that nobody gives back when somebody else has undone the move", async () => {
    for (let at = 0; ; at += 1) {
      const woken = await asleepAt(at, "abort");
      if (woken === undefined) break;
      const { world, bob } = woken;
      const open = await world.openSides();
      expect([at, open]).toEqual([at, [open.includes("s3") ? "s3" : "http"]]);
      const generation = await readGeneration(world.bucket, stateKey);
      if (generation !== undefined) expect([at, generation.backend]).toEqual([at, open[0]]);
      if (open[0] === "s3") continue;
      // Anybody can move it again from the ledger that the abort wrote.
      await cutover(world.run("s3", { ...bob, user: "cleo" }));
      expect(await world.openSides()).toEqual(["s3"]);
    }
  });
});

it("says what happened where somebody else started and ended a move at the same moment", async () => {
  const world = new World();
  await world.apply("http", 7);
  await cutover(world.run("s3", { user: "ann" }));
  const moved: Checkout = { user: "ann" };
  await cutover(world.run("s3", moved));
  for (let at = 0; at < 6; at += 1) {
    const sleeper = new Sleeper(at);
    const late = cutover(sleeper.options(world.run("http", { ...moved, user: "bob" }))).then(
      () => undefined,
      (error: unknown) => error,
    );
    if ((await Promise.race([sleeper.asleep.then(() => true), late])) !== true) continue;
    const first = await cutover(world.run("http", { ...moved, user: "ann" }));
    await cutover(world.run("s3", { user: "ann", entry: first.entry })).then(({ entry }) => (moved.entry = entry));
    sleeper.wake();
    const error = await late;
    expect(error === undefined || error instanceof UserError).toBe(true);
    expect(await world.openSides()).toHaveLength(1);
    const [open] = await world.openSides();
    if (open === "http") await cutover(world.run("s3", moved));
  }
});
