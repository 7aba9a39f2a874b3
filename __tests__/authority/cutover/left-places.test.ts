import { checkSeal } from "../../../authority/check/seal";
import { checkOtherPlace } from "../../../authority/check/other-place";
import { abortCutover, cutover } from "../../../authority/cutover/cutover";
import { forgetSource } from "../../../authority/cutover/forget";
import { stateInStore } from "../../../authority/state/state-store";
import { StoreUnavailable } from "../../../authority/stores/object-store";
import { type LedgerEntry } from "../../../lib/config/ledger";
import { codeOf } from "../../support/code-of";
import { type Checkout, Killed, serverKey, stateKey, World } from "./world";

/** The place that a state has left: its seal, what a stale client does there, and its end. */
async function moved(): Promise<{ world: World; ann: Checkout; entry: () => LedgerEntry }> {
  const world = new World();
  await world.apply("http", 7);
  const ann: Checkout = { user: "ann@laptop" };
  await cutover(world.run("s3", ann));
  const entry = () => {
    if (ann.entry === undefined) throw new Error("no entry");
    return ann.entry;
  };
  return { world, ann, entry };
}

const left = (world: World) => stateInStore(world.server, serverKey, "https://state.example/state/attic-dev");
const now = { now: () => new Date("2026-04-28T10:00:00Z"), uniqueId: () => "look" };

async function sealLine(world: World, entry: LedgerEntry, place = left(world)) {
  const [line] = await checkSeal({
    id: "attic",
    ledgerEntry: entry,
    sealedPlace: place,
    beside: { store: world.bucket, stateKey },
    clock: now,
  });
  return line;
}

/** What a server does that forgets its locks. */
async function forgetLock(world: World): Promise<void> {
  await world.authorityOf("http").unlock((await world.lockOn("http"))?.ID);
}

it("a lost seal is found, and the command that check names seals in place", async () => {
  const { world, ann, entry } = await moved();
  expect(await sealLine(world, entry())).toMatchObject({ status: "ok" });
  await forgetLock(world);
  const line = await sealLine(world, entry());
  expect(line).toMatchObject({ status: "failed", problems: [{ code: "seal-broken" }] });
  expect(line?.problems?.[0]?.remedy).toContain("flywheel cutover attic --to s3");
  expect(await cutover(world.run("s3", ann))).toMatchObject({ moved: false });
  expect((await world.lockOn("http"))?.ID).toBe(entry().sealed?.lock);
  expect(await sealLine(world, entry())).toMatchObject({ status: "ok" });
  // Also where a move back began and was undone since: the journal is another one's then.
  await world.authorityOf("s3").lock({ ...(await lockOf(world)), ID: "apply" });
  expect(await codeOf(cutover(world.run("http", ann)))).toBe("locked");
  await world.authorityOf("s3").unlock("apply");
  await forgetLock(world);
  await cutover(world.run("s3", ann));
  expect((await world.lockOn("http"))?.ID).toBe(entry().sealed?.lock);
});

async function lockOf(world: World) {
  const held = await world.lockOn("http");
  if (held === undefined) throw new Error("no lock");
  return held;
}

it("a copy that a stale client wrote after the move is a fork, with both serials, and is sealed all the same", async () => {
  const { world, ann, entry } = await moved();
  await forgetLock(world);
  await world.apply("http", 9);
  const line = await sealLine(world, entry());
  expect(line).toMatchObject({ status: "failed", problems: [{ code: "forked" }] });
  expect(line?.detail).toMatch(/is at serial 9; serial 7 was moved/);
  const door = await checkOtherPlace({
    id: "attic",
    place: stateInStore(world.bucket, stateKey, entry().location),
    other: left(world),
    ledgerEntry: entry(),
  });
  expect(door).toMatchObject({ status: "failed", problems: [{ code: "forked" }] });
  expect(await codeOf(cutover(world.run("s3", ann)))).toBe("forked");
  expect((await world.lockOn("http"))?.ID).toBe(entry().sealed?.lock);
});

it("somebody at work at the place that was left is named, and keeps the lock", async () => {
  const { world, ann, entry } = await moved();
  const seal = await lockOf(world);
  await forgetLock(world);
  await world.authorityOf("http").lock({ ...seal, ID: "apply", Who: "ci@runner-7" });
  expect(await sealLine(world, entry())).toMatchObject({ problems: [{ code: "seal-replaced" }] });
  expect(await codeOf(cutover(world.run("s3", ann)))).toBe("seal-replaced");
  expect((await world.lockOn("http"))?.ID).toBe("apply");
});

it("a place that cannot be reached is a note with its age where the generation proves the move, and a failure where not", async () => {
  const { world, ann, entry } = await moved();
  const out = () => Promise.reject(new StoreUnavailable("the state", "ECONNREFUSED", "state-unavailable"));
  const gone = { ...left(world), read: out, lock: out, holder: out };
  expect(await sealLine(world, entry(), gone)).toMatchObject({
    status: "note",
    detail: expect.stringMatching(
      /left 12 days ago, on 2026-04-16, cannot be looked at: .*ECONNREFUSED.*--forget-source/,
    ),
  });
  expect(await sealLine(world, { ...entry(), generation: 5 }, gone)).toMatchObject({ status: "failed" });
  // The same command still says that the state is there.
  const options = world.run("s3", ann);
  const told: string[] = [];
  const source = {
    ...options.source,
    state: { ...options.source.state, lock: out, read: out, write: out, unlock: out, delete: out },
  };
  expect(await cutover({ ...options, source, progress: (line) => told.push(line) })).toMatchObject({ moved: false });
  expect(told.join("\n")).toMatch(/the seal at \S+ could not be looked at: .*ECONNREFUSED/);
});

it("is forgotten for good, where the generation proves the move", async () => {
  const { world, ann, entry } = await moved();
  const forget = (ledgerEntry: LedgerEntry | undefined) =>
    forgetSource({
      id: "attic",
      ...(ledgerEntry === undefined ? {} : { ledgerEntry }),
      store: world.bucket,
      stateKey,
      clock: now,
    });
  expect(await codeOf(forget(undefined))).toBe("nothing-to-forget");
  expect(await codeOf(forget({ ...entry(), generation: 2 }))).toBe("move-not-proved");
  const forgotten = await forget(entry());
  expect(forgotten).toEqual({
    ...entry(),
    sealed: undefined,
    forgotten: { location: "https://state.example/state/attic-dev", at: "2026-04-28T10:00:00.000Z" },
  });
  expect(await sealLine(world, forgotten)).toMatchObject({ status: "ok", detail: expect.stringMatching(/no more/) });
  expect(await codeOf(forget(forgotten))).toBe("nothing-to-forget");
  // The way back is still one.
  ann.entry = forgotten;
  await cutover(world.run("http", ann));
  expect(await world.openSides()).toEqual(["http"]);
});

it("the copy of a way back that was undone is no fork, nor is it one after another such way", async () => {
  const { world, ann, entry } = await moved();
  await world.apply("s3", 8);
  for (const remaining of [18, 12]) {
    await cutover(world.run("http", { ...ann }, { remaining, after: true })).catch((error: unknown) => {
      if (!(error instanceof Killed)) throw error;
    });
    await abortCutover(world.run("http", { ...ann }));
    await world.apply("s3", 20 - remaining + 8);
  }
  expect((await world.authorityOf("http").read())?.serial).toBe(8);
  expect(await sealLine(world, entry())).toMatchObject({ status: "ok" });
  expect(await cutover(world.run("s3", ann))).toMatchObject({ moved: false });
});
