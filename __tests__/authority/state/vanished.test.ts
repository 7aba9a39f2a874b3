import { type Generation, generationSuffix } from "../../../authority/ledger/generation";
import { type LockInfo } from "../../../authority/state/lock-info";
import { StateObject } from "../../../authority/state/state-object";
import { MemoryStore } from "../../../authority/stores/memory";
import { type ObjectStore, StoreUnavailable } from "../../../authority/stores/object-store";
import { UserError } from "../../../lib/errors";
import { stateBytes } from "../support";

/** A state that is not there is "no state" only where something explains it; everything else is an outage. */
const key = "dev/attic/terraform.tfstate";
const lock: LockInfo = { ID: "one", Operation: "", Info: "", Who: "ann", Version: "", Created: "", Path: "" };

/** A store that loses objects: for good, or so that it still lists them; and one that keeps no versions. */
function losing(): { store: ObjectStore; lose: (how: "wholly" | "listed") => void; find: () => void } {
  const inner = new MemoryStore();
  let lost: "wholly" | "listed" | undefined;
  const store: ObjectStore = {
    description: "a store",
    ownFolder: inner.ownFolder,
    read: async (name) => (name === key && lost !== undefined ? undefined : inner.read(name)),
    create: async (name, bytes, metadata) => {
      const there = name === key && lost !== undefined ? await inner.read(name) : undefined;
      lost = name === key ? undefined : lost;
      return there === undefined
        ? inner.create(name, bytes, metadata)
        : inner.replace(name, bytes, there.version, metadata);
    },
    replace: (name, bytes, expected, metadata) => inner.replace(name, bytes, expected, metadata),
    remove: (name, expected, metadata) => inner.remove(name, expected, metadata),
    history: async (name) => (name === key && lost === "wholly" ? [] : inner.history(name)),
    readVersion: (name, id) => inner.readVersion(name, id),
  };
  return { store, lose: (how) => (lost = how), find: () => (lost = undefined) };
}

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "none",
    (error: unknown) => (error instanceof UserError ? error.problems[0]?.code : error),
  );

async function written(store: ObjectStore, serial = 3): Promise<StateObject> {
  const state = new StateObject(store, key);
  await state.lock(lock);
  await state.write(stateBytes(serial), lock.ID);
  return state;
}

it("is an outage where this process has seen the state, with what was there, until it is back", async () => {
  const { store, lose, find } = losing();
  const state = await written(store);
  lose("wholly");
  await expect(state.read()).rejects.toThrow(/has vanished: .* serial 3, lineage /);
  await expect(state.read()).rejects.toThrow(StoreUnavailable);
  expect(await codeOf(state.delete(lock.ID))).toBe("state-vanished");
  find();
  expect((await state.read())?.serial).toBe(3);
});

it("is an outage for a process that has seen nothing, where the store lists a version", async () => {
  const { store, lose } = losing();
  await written(store);
  lose("listed");
  await expect(new StateObject(store, key).read()).rejects.toThrow(/the store lists a version of it, of 2/);
});

it.each([
  ["the bucket", `s3://tofu-state/${key}`, "state-vanished"],
  ["the server's name for it", "https://state.example.org/state/attic-dev", "state-vanished"],
  ["another state's name", "https://state.example.org/state/attic-prod", "none"],
  ["another key", "s3://tofu-state/attic/terraform.tfstate", "none"],
])("where a move made %s the place of the state: %s", async (_what, location, code) => {
  const store = new MemoryStore();
  const backend = location.startsWith("s3:") ? ("s3" as const) : ("http" as const);
  const generation: Generation = { generation: 2, backend, location, at: "2026-04-16T09:12:00Z" };
  await store.create(key + generationSuffix, Buffer.from(JSON.stringify(generation)));
  expect(await codeOf(new StateObject(store, key, undefined, "attic-dev").read())).toBe(code);
});

it("is no state where it was removed, by us or through another door, or never was", async () => {
  const store = new MemoryStore();
  const state = await written(store);
  const other = new StateObject(store, key);
  expect((await other.read())?.serial).toBe(3);
  await state.delete(lock.ID);
  expect([await state.read(), await other.read()]).toEqual([undefined, undefined]);
  expect(await new StateObject(store, "dev/new/terraform.tfstate").read()).toBeUndefined();
});

it("takes what comes after what was there, under its lock, and nothing else", async () => {
  const { store, lose } = losing();
  const state = await written(store);
  lose("wholly");
  expect(await codeOf(state.write(stateBytes(2), lock.ID))).toBe("state-vanished");
  expect(await codeOf(state.write(stateBytes(4, "5f1c0de0-0000-4000-8000-00000000ffff"), lock.ID))).toBe(
    "state-vanished",
  );
  expect(await codeOf(state.write(stateBytes(4), "another"))).toBe("locked");
  await state.write(stateBytes(4), lock.ID);
  expect((await state.read())?.serial).toBe(4);
});

it("does not take a state for vanished that is written in this very moment", async () => {
  const inner = new MemoryStore();
  let looks = 0;
  const store: ObjectStore = Object.assign(Object.create(inner) as MemoryStore, {
    read: async (name: string) => {
      const stored = await inner.read(name);
      if (name === key && (looks += 1) === 1) await inner.create(key, stateBytes(1));
      return stored;
    },
    history: (name: string) => inner.history(name),
  });
  expect((await new StateObject(store, key).read())?.serial).toBe(1);
});
