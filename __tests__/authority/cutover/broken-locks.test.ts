import { abortCutover, cutover } from "../../../authority/cutover/cutover";
import { Journal } from "../../../authority/cutover/journal";
import { isUnfinished } from "../../../authority/cutover/record";
import { generationSuffix } from "../../../authority/ledger/generation";
import { type ObjectStore } from "../../../authority/stores/object-store";
import { type Checkout, Killed, lockOf, stateKey, World } from "./world";

/** Somebody broke a lock of a move, or its seal, and what became of it: each found by the simulation or by reading it. */
const ann: () => Checkout = () => ({ user: "ann@laptop" });

async function breakLock(world: World, side: "http" | "s3"): Promise<void> {
  await world.authorityOf(side).unlock((await world.lockOn(side))?.ID);
}

/** A store in which `happens` happens once, just before or after its first write of such a key. */
function around(
  store: ObjectStore,
  suffix: string,
  when: { readonly before?: () => Promise<void>; readonly after?: () => Promise<void> },
): ObjectStore {
  let writes = 0;
  const watched = async <T>(key: string, write: () => Promise<T>): Promise<T> => {
    const isFirst = key.endsWith(suffix) && (writes += 1) === 1;
    if (isFirst) await when.before?.();
    const result = await write();
    if (isFirst) await when.after?.();
    return result;
  };
  return {
    description: store.description,
    ownFolder: store.ownFolder,
    read: (key) => store.read(key),
    create: (key, ...rest) => watched(key, () => store.create(key, ...rest)),
    replace: (key, ...rest) => watched(key, () => store.replace(key, ...rest)),
    remove: (...args) => store.remove(...args),
    history: (key) => store.history(key),
    readVersion: (...args) => store.readVersion(...args),
  };
}

/** Kills a move at ever later operations, until the journal says that it came to this step. */
async function killedIn(step: string, start: () => Promise<World>, to: "http" | "s3", who: (world: World) => Checkout) {
  for (let remaining = 1; remaining < 60; remaining += 1) {
    const world = await start();
    const checkout = who(world);
    await expect(cutover(world.run(to, { ...checkout }, { remaining, after: true }))).rejects.toThrow(Killed);
    const journal = await Journal.peek(world.bucket, stateKey);
    if (isUnfinished(journal) && journal.to.backend === to && journal.step === step) return { world, checkout };
  }
  throw new Error(`no move was killed in ${step}`);
}

it.each(["before", "after"] as const)(
  "a seal broken by somebody who writes at once, %s the generation was raised: what was written is moved, too",
  async (when) => {
    const world = new World();
    await world.apply("http", 7);
    const user = ann();
    const options = world.run("s3", user);
    const happens = async (): Promise<void> => {
      await breakLock(world, "http");
      await world.apply("http", 8);
    };
    await cutover({ ...options, store: around(world.bucket, generationSuffix, { [when]: happens }) });
    expect(await world.openSides()).toEqual(["s3"]);
    expect((await world.authorityOf("s3").read())?.serial).toBe(8);
    expect(await world.sealOf("http")).toBeDefined();
    expect(user.entry).toMatchObject({ backend: "s3", serial: 8 });
  },
);

it("somebody at work there stops the move before anybody can work at the destination, and an abort names the source", async () => {
  const world = new World();
  await world.apply("http", 7);
  const options = world.run("s3", ann());
  const happens = async (): Promise<void> => {
    await breakLock(world, "http");
    await world.authorityOf("http").lock(lockOf("apply", "ci@runner-7"));
  };
  const store = around(world.bucket, generationSuffix, { after: happens });
  await expect(cutover({ ...options, store })).rejects.toMatchObject({ holder: { ID: "apply" } });
  expect(await world.openSides()).toEqual([]);
  await world.authorityOf("http").unlock("apply");
  const { entry } = await abortCutover(world.run("s3", ann()));
  expect(entry).toMatchObject({ backend: "http", generation: 2 });
  expect(await world.openSides()).toEqual(["http"]);
});

it("an abort names the source also where the move went back to read it again after the generation was raised", async () => {
  const world = new World();
  await world.apply("http", 7);
  const options = world.run("s3", ann());
  const happens = async (): Promise<void> => {
    await breakLock(world, "http");
    await world.apply("http", 8);
  };
  let journals = 0;
  const store = around(world.bucket, generationSuffix, { after: happens });
  const dying: ObjectStore = {
    ...store,
    replace: async (key, bytes, ...rest) => {
      const version = await store.replace(key, bytes, ...rest);
      if (key.endsWith(".cutover") && bytes.toString().includes('"generationRaised": true') && (journals += 1) === 1)
        throw new Killed();
      return version;
    },
  };
  await expect(cutover({ ...options, store: dying })).rejects.toThrow(Killed);
  expect(await Journal.peek(world.bucket, stateKey)).toMatchObject({ step: "read the source", generationRaised: true });
  const { entry } = await abortCutover(world.run("s3", ann()));
  expect(entry).toMatchObject({ backend: "http", generation: 2 });
  expect(await world.openSides()).toEqual(["http"]);
});

async function movedToS3(): Promise<World> {
  const world = new World();
  await world.apply("http", 7);
  await cutover(world.run("s3", ann()));
  return world;
}

it.each(["holds", "was broken before"] as const)(
  "a way back that is undone late leaves the seal of the place in the ledger: it %s",
  async (seal) => {
    let entry: Checkout["entry"];
    const start = async (): Promise<World> => {
      const world = new World();
      await world.apply("http", 7);
      const user = ann();
      await cutover(world.run("s3", user));
      entry = user.entry;
      if (seal !== "holds") await breakLock(world, "http");
      return world;
    };
    const who = (): Checkout => ({ ...ann(), ...(entry === undefined ? {} : { entry }) });
    const { world, checkout } = await killedIn("record generation, ledger and flag", start, "http", who);
    const undone = await abortCutover(world.run("http", checkout));
    expect(undone.entry).toMatchObject({ backend: "s3", generation: 3, sealed: entry?.sealed });
    // The same command as the move takes it again in place, where it was lost.
    await cutover(world.run("s3", checkout));
    expect((await world.lockOn("http"))?.ID).toBe(entry?.sealed?.lock);
    expect(await world.openSides()).toEqual(["s3"]);
  },
);

it("a lock of an undone move that came late, in place of a seal that was broken, makes room for the seal", async () => {
  const world = await movedToS3();
  const user: Checkout = ann();
  await cutover(world.run("s3", user));
  await breakLock(world, "http");
  await expect(cutover(world.run("http", { ...user }, { remaining: 14, after: true }))).rejects.toThrow(Killed);
  await abortCutover(world.run("http", { ...user }));
  const journal = await Journal.peek(world.bucket, stateKey);
  await world.authorityOf("http").lock(lockOf(journal?.to.lock ?? "", "a request long on its way"));
  await cutover(world.run("s3", user));
  expect((await world.lockOn("http"))?.ID).toBe(user.entry?.sealed?.lock);
});
