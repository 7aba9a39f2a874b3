import { cutover } from "../../../authority/cutover/cutover";
import { sealId, sealInfo } from "../../../authority/cutover/seal";
import { raiseGeneration, readGeneration } from "../../../authority/ledger/generation";
import { StoreUnavailable } from "../../../authority/stores/object-store";
import { stackStatus, type StatusOptions } from "../../../authority/operations/status";
import { type BesideFacts } from "../../../authority/lease/facts";
import { stateInStore } from "../../../authority/state/state-store";
import { MemoryStore } from "../../../authority/stores/memory";
import { type S3Contract } from "../../../lib/backend/s3/contract";
import { type Checkout, Killed, lockOf, stateKey, World } from "../../authority/cutover/world";

const contract: S3Contract = {
  type: "s3",
  endpoint: "http://127.0.0.1:1",
  bucket: "tofu-state",
  key: stateKey,
  region: "us-east-1",
  useLockfile: true,
  skipS3Checksum: false,
};
const location = `s3://tofu-state/${stateKey}`;

function optionsOf(world: World, checkout?: Checkout): StatusOptions {
  return {
    id: "attic",
    contract,
    place: stateInStore(world.bucket, stateKey, location),
    beside: { store: world.bucket, stateKey },
    ...(checkout?.entry === undefined ? {} : { ledgerEntry: checkout.entry }),
  };
}

/** The bucket's own record says that the state is elsewhere. */
async function movedAway(world: World, generation: number, location: string): Promise<void> {
  await raiseGeneration(world.bucket, stateKey, {
    generation,
    backend: "http",
    location,
    at: "2026-05-01T00:00:00Z",
  });
}

it("shows serial, generation, holder and ledger of a moved state", async () => {
  const world = new World();
  await world.apply("http", 7);
  const ann: Checkout = { user: "ann" };
  await cutover(world.run("s3", ann));
  expect(await stackStatus(optionsOf(world, ann))).toMatchObject({
    backend: "s3",
    location,
    serial: 7,
    lineage: "lineage-1",
    generation: 1,
    ledger: "match",
    lockKnown: true,
  });
  await world.authorityOf("s3").lock(lockOf("apply", "ci@runner-7"));
  expect((await stackStatus(optionsOf(world, ann))).lock).toContain("ci@runner-7");
  expect((await stackStatus(optionsOf(world))).ledger).toBe("no entry");
});

it("tells a seal that came late from one that keeps stale clients out, and how to give it back", async () => {
  const world = new World();
  await world.apply("http", 7);
  const ann: Checkout = { user: "ann" };
  await cutover(world.run("s3", ann));
  const seal = sealInfo({
    id: sealId("https://elsewhere/state", "1"),
    who: "bob",
    newPlace: "https://elsewhere/state",
    created: "",
    path: "",
  });
  await world.authorityOf("s3").lock(seal);
  expect((await stackStatus(optionsOf(world, ann))).lock).toBe(
    `left by a move that is over: flywheel unlock attic '${seal.ID}'`,
  );
  await movedAway(world, 2, "https://elsewhere/state");
  expect((await stackStatus(optionsOf(world, ann))).lock).toBe("sealed: moved to https://elsewhere/state");
});

it("shows a cutover that is under way, an older checkout, and a ledger that knows more", async () => {
  const world = new World();
  await world.apply("http", 7);
  const ann: Checkout = { user: "ann@laptop" };
  await expect(cutover(world.run("s3", ann, { remaining: 14, after: true }))).rejects.toThrow(Killed);
  expect((await stackStatus(optionsOf(world))).cutover).toMatch(/^cutover by ann@laptop, step \d of 9/);
  await cutover(world.run("s3", ann));
  await movedAway(world, 5, "https://elsewhere");
  expect((await stackStatus(optionsOf(world, ann))).ledger).toBe("older checkout");
  if (ann.entry === undefined) throw new Error("the cutover wrote no entry");
  expect(
    (await stackStatus({ ...optionsOf(world), ledgerEntry: { ...ann.entry, generation: 9, serial: 99 } })).ledger,
  ).toBe("behind");
});

it("shows who wrote it last, with commit and run, who applies, and what is frozen", async () => {
  const world = new World();
  await world.apply("s3", 7);
  const since = "2026-04-16T09:12:00Z";
  const ann = { who: "ann", host: "laptop", bundle: null };
  const apply = { ...ann, id: "a", at: since, commit: "0".repeat(40), run: "https://ci/42", state: null, changes: [] };
  const facts: BesideFacts = {
    lease: { ...ann, version: 1, id: "l", since, phase: "attempted" },
    freezes: [{ version: 1, who: "ben", since, why: "the store is moved" }],
    applies: [{ ...apply, outcome: "applied", serial: 7 }],
  };
  expect(await stackStatus({ ...optionsOf(world), facts })).toMatchObject({
    writer: "ann on laptop, commit 000000000000, run https://ci/42",
    lease: `apply by ann on laptop since ${since} (attempted)`,
    freezes: [`frozen by ben since ${since}: the store is moved`],
  });
});

it("tells an outage as a problem, never as an empty state", async () => {
  class Out extends MemoryStore {
    override async read(): Promise<never> {
      throw new StoreUnavailable("bucket tofu-state", "NoSuchBucket");
    }
  }
  const status = await stackStatus({ id: "attic", contract, place: stateInStore(new Out(), stateKey, location) });
  expect(status.problem).toContain("NoSuchBucket");
  expect(status.serial).toBeUndefined();
});

it("never lowers a generation", async () => {
  const store = new MemoryStore();
  const at = (generation: number) => ({
    generation,
    backend: "s3" as const,
    location: `s3://${generation}`,
    at: "2026-04-16T00:00:00Z",
  });
  await Promise.all([3, 1, 2].map((generation) => raiseGeneration(store, stateKey, at(generation))));
  expect(await raiseGeneration(store, stateKey, at(2))).toEqual(at(3));
  expect(await readGeneration(store, stateKey)).toEqual(at(3));
});
