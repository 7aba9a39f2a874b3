import { abortCutover, cutover } from "../../../authority/cutover/cutover";
import { Journal } from "../../../authority/cutover/journal";
import { type JournalRecord } from "../../../authority/cutover/record";
import { generationSuffix, readGeneration } from "../../../authority/ledger/generation";
import { type ObjectStore } from "../../../authority/stores/object-store";
import { codeOf } from "../../support/code-of";
import { type Checkout, type Death, Killed, lockOf, stateKey, World } from "../../authority/cutover/world";

/** What the simulation found in the shipped code, each as the shortest story. */
const ann: Checkout = { user: "ann" };

async function killedAt(world: World, remaining: number): Promise<void> {
  const death: Death = { remaining, after: true };
  await expect(cutover(world.run("s3", { user: "ann" }, death))).rejects.toThrow(Killed);
}

/** A store in which `happens` happens just before the second read of the journal. */
function interrupted(store: ObjectStore, happens: () => Promise<unknown>): ObjectStore {
  let reads = 0;
  const read = async (key: string) => {
    if (key.endsWith(".cutover") && (reads += 1) === 2) await happens();
    return store.read(key);
  };
  return {
    description: store.description,
    ownFolder: store.ownFolder,
    read,
    create: (...args) => store.create(...args),
    replace: (...args) => store.replace(...args),
    remove: (...args) => store.remove(...args),
    history: (key) => store.history(key),
    readVersion: (...args) => store.readVersion(...args),
  };
}

it("does not abort a move that somebody finished after the abort had looked", async () => {
  const world = new World();
  await world.apply("http", 7);
  await killedAt(world, 12);
  const options = world.run("s3", { user: "bob" });
  const store = interrupted(world.bucket, () => cutover(world.run("s3", ann)));
  expect(await codeOf(abortCutover({ ...options, store }))).toBe("nothing-to-abort");
  expect(await world.openSides()).toEqual(["s3"]);
  expect(await world.sealOf("http")).toBeDefined();
});

it("does not go on with a move the other way that began after it had looked", async () => {
  const world = new World();
  await world.apply("http", 7);
  await killedAt(world, 12);
  const cleo: Checkout = { user: "cleo" };
  const happens = async (): Promise<void> => {
    await cutover(world.run("s3", cleo));
    await expect(cutover(world.run("http", cleo, { remaining: 12, after: true }))).rejects.toThrow(Killed);
  };
  const store = interrupted(world.bucket, happens);
  expect(await codeOf(cutover({ ...world.run("s3", { user: "bob" }), store }))).toBe("other-cutover");
  await cutover(world.run("http", cleo));
  expect(await world.openSides()).toEqual(["http"]);
});

it("does not undo a move with the places of another one", async () => {
  const world = new World();
  await world.apply("http", 7);
  await killedAt(world, 20);
  expect(await codeOf(abortCutover(world.run("http", { user: "bob" })))).toBe("other-cutover");
  expect(await codeOf(abortCutover(world.run("s3", { user: "bob" })))).toBeUndefined();
  expect(await world.openSides()).toEqual(["http"]);
});

it("undoes again what was undone: a lock and a copy that came late", async () => {
  const world = new World();
  await world.apply("http", 7);
  await killedAt(world, 20);
  const before = await Journal.peek(world.bucket, stateKey);
  await abortCutover(world.run("s3", { user: "bob" }));
  await arriveLate(world, before);
  expect(await world.openSides()).toEqual(["s3"]);
  await abortCutover(world.run("s3", { user: "bob" }));
  expect(await world.openSides()).toEqual(["http"]);
  expect(await world.authorityOf("s3").read()).toBeUndefined();
  await arriveLate(world, before);
  await cutover(world.run("s3", { user: "cleo" }));
  expect(await world.openSides()).toEqual(["s3"]);
});

it("does not begin where somebody completed the move after it had looked, and says the second time that it is there", async () => {
  const world = new World();
  await world.apply("http", 7);
  const bob: Checkout = { user: "bob" };
  const store = interrupted(world.bucket, () => cutover(world.run("s3", { user: "ann" })));
  expect(await codeOf(cutover({ ...world.run("s3", bob), store }))).toBe("cutover-taken-over");
  expect(await Journal.peek(world.bucket, stateKey)).toMatchObject({ state: "done" });
  expect(await cutover(world.run("s3", bob))).toMatchObject({ moved: false, entry: { backend: "s3", generation: 1 } });
  // Also where a move back was begun and undone since.
  await world.authorityOf("s3").lock(lockOf("apply"));
  expect(await codeOf(cutover(world.run("http", bob)))).toBe("locked");
  expect(await cutover(world.run("s3", bob))).toMatchObject({ moved: false, entry: { backend: "s3", generation: 1 } });
  expect(await world.sealOf("http")).toBeDefined();
});

it("gives back what ended moves locked late, and moves on", async () => {
  const world = new World();
  await world.apply("http", 7);
  const ended: string[] = [];
  for (let count = 0; count < 2; count += 1) {
    await killedAt(world, 12);
    const record = await Journal.peek(world.bucket, stateKey);
    await abortCutover(world.run("s3", { user: "bob" }));
    ended.push(record?.from.lock ?? "", record?.to.lock ?? "");
  }
  const [sourceLock = "", , , destinationLock = ""] = ended;
  await world.authorityOf("http").lock(lockOf(sourceLock));
  await world.authorityOf("s3").lock(lockOf(destinationLock));
  const moved: Checkout = { user: "cleo" };
  await cutover(world.run("s3", moved));
  expect(await world.openSides()).toEqual(["s3"]);
  expect(await world.sealOf("http")).toBeDefined();
  // A seal that stands is none of these, nor is anybody's lock.
  await world.authorityOf("s3").lock(lockOf("apply"));
  expect(await codeOf(cutover(world.run("http", moved)))).toBe("locked");
});

it("removes no copy that the generation still names", async () => {
  const world = new World();
  await world.apply("http", 7);
  const options = world.run("s3", { user: "cleo" });
  const { bucket } = world;
  let aborts = 0;
  // An abort begins just after this run has raised the generation, and dies when no run goes on with the move any more.
  const create: ObjectStore["create"] = async (key, ...rest) => {
    const version = await bucket.create(key, ...rest);
    if (key.endsWith(generationSuffix) && (aborts += 1) === 1)
      await expect(abortCutover(world.run("s3", { user: "bob" }, { remaining: 3, after: true }))).rejects.toThrow(
        Killed,
      );
    return version;
  };
  const namedAtRemoval: (string | undefined)[] = [];
  const { state } = options.destination;
  const watched = {
    read: () => state.read(),
    write: (...args: Parameters<typeof state.write>) => state.write(...args),
    lock: (...args: Parameters<typeof state.lock>) => state.lock(...args),
    unlock: (...args: Parameters<typeof state.unlock>) => state.unlock(...args),
    delete: async (...args: Parameters<typeof state.delete>) => {
      namedAtRemoval.push((await readGeneration(bucket, stateKey))?.backend);
      return state.delete(...args);
    },
  };
  const store: ObjectStore = {
    description: bucket.description,
    ownFolder: bucket.ownFolder,
    create,
    read: (key) => bucket.read(key),
    replace: (...args) => bucket.replace(...args),
    remove: (...args) => bucket.remove(...args),
    history: (key) => bucket.history(key),
    readVersion: (...args) => bucket.readVersion(...args),
  };
  expect(await codeOf(cutover({ ...options, store, destination: { ...options.destination, state: watched } }))).toBe(
    "cutover-taken-over",
  );
  expect(namedAtRemoval).toEqual(["http"]);
});

/** The dead process's requests to lock the source and to write the copy arrive now. */
async function arriveLate(world: World, record: JournalRecord | undefined): Promise<void> {
  if (record === undefined) throw new Error("no journal");
  const moved = await world.authorityOf("http").read();
  if (moved === undefined) throw new Error("no state");
  await world.authorityOf("http").lock({ ...lockOf(record.from.lock), Operation: "cutover" });
  await world.bucket.create(stateKey, moved.bytes);
}
