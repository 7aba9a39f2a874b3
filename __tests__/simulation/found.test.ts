import { abortCutover } from "../../authority/cutover/abort";
import { cutover } from "../../authority/cutover/cutover";
import { type JournalRecord, Journal } from "../../authority/cutover/journal";
import { type ObjectStore } from "../../authority/object-store";
import { codeOf } from "../support/code-of";
import { type Checkout, type Death, Killed, lockOf, stateKey, World } from "../cutover/world";

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
  return { description: store.description, read, create: (...args) => store.create(...args), replace: (...args) => store.replace(...args), remove: (...args) => store.remove(...args), history: (key) => store.history(key), readVersion: (...args) => store.readVersion(...args) };
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

/** The dead process's requests to lock the source and to write the copy arrive now. */
async function arriveLate(world: World, record: JournalRecord | undefined): Promise<void> {
  if (record === undefined) throw new Error("no journal");
  const moved = await world.authorityOf("http").read();
  if (moved === undefined) throw new Error("no state");
  await world.authorityOf("http").lock({ ...lockOf(record.from.lock), Operation: "cutover" });
  await world.bucket.create(stateKey, moved.bytes);
}
