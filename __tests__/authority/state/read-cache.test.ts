import fc from "fast-check";
import { ReadCache, SharedLooks } from "../../../authority/state/read-cache";
import { StateObject } from "../../../authority/state/state-object";
import { MemoryStore } from "../../../authority/stores/memory";
import { type ObjectStore } from "../../../authority/stores/object-store";
import { stateBytes } from "../support";

/** What a server keeps of the states that it read: never given out but where the store says, at that moment, that it is the same. */
const key = "attic/terraform.tfstate";
const info = { ID: "one", Operation: "", Info: "", Who: "", Version: "", Created: "", Path: "" };

/** A store that says "the same" as S3 does, by the bytes; and counts whole reads. */
function comparing(): {
  store: ObjectStore;
  inner: MemoryStore;
  whole: () => number;
  slow: (wait: () => Promise<void>) => void;
} {
  const inner = new MemoryStore();
  let whole = 0;
  let wait = async (): Promise<void> => undefined;
  const store: ObjectStore = Object.assign(Object.create(inner) as MemoryStore, {
    read: async (name: string, known?: { bytes: Buffer }) => {
      const now = await inner.read(name);
      if (name === key) await wait();
      if (now !== undefined && known?.bytes.equals(now.bytes)) return known;
      if (name === key) whole += 1;
      return now;
    },
    create: inner.create.bind(inner),
    replace: inner.replace.bind(inner),
    remove: inner.remove.bind(inner),
    history: inner.history.bind(inner),
  });
  return { store, inner, whole: () => whole, slow: (next) => (wait = next) };
}

it("moves the bytes once, and never outlives a write through the other door", async () => {
  const { store, inner, whole } = comparing();
  const here = new StateObject(store, key, undefined, undefined, new ReadCache(1 << 20));
  const first = await inner.create(key, stateBytes(1));
  for (let time = 0; time < 5; time += 1) expect((await here.read())?.serial).toBe(1);
  expect(whole()).toBe(1);
  const second = await inner.replace(key, stateBytes(2), first);
  expect((await here.read())?.serial).toBe(2);
  await inner.remove(key, second);
  expect(await here.read()).toBeUndefined();
  await inner.create(key, stateBytes(3));
  expect((await here.read())?.serial).toBe(3);
});

it("removes exactly what is there, also where an earlier write had the same bytes", async () => {
  const { store, inner } = comparing();
  const here = new StateObject(store, key, undefined, undefined, new ReadCache(1 << 20));
  const first = await inner.create(key, stateBytes(1));
  await here.read();
  await inner.replace(key, stateBytes(1), first);
  await here.lock(info);
  expect(await here.delete("one")).toEqual({ serialBefore: 1, changed: true });
});

it("lets whoever asks while a look is under way wait for the next one, and all of them share it", async () => {
  const { store, inner, slow } = comparing();
  const here = new StateObject(store, key, undefined, undefined, new ReadCache(1 << 20));
  const first = await inner.create(key, stateBytes(1));
  let release: () => void = () => undefined;
  let looks = 0;
  slow(() => ((looks += 1), new Promise((resolve) => (release = resolve))));
  const early = here.read();
  while (looks === 0) await new Promise((resolve) => setImmediate(resolve));
  // The look of the early one has its answer already; a write ends now.
  await inner.replace(key, stateBytes(2), first);
  const late = [here.read(), here.read(), here.read()];
  slow(async () => void (looks += 1));
  release();
  expect((await early)?.serial).toBe(1);
  expect((await Promise.all(late)).map((state) => state?.serial)).toEqual([2, 2, 2]);
  expect(looks).toBe(2);
});

it("looks again after a look that failed, for each who asked meanwhile", async () => {
  const looks = new SharedLooks<number>();
  let count = 0;
  const look = async () => {
    count += 1;
    await new Promise((resolve) => setImmediate(resolve));
    if (count === 1) throw new Error("out");
    return count;
  };
  const [first, second, third] = await Promise.allSettled([looks.ask(look), looks.ask(look), looks.ask(look)]);
  expect([first?.status, second, third]).toEqual([
    "rejected",
    { status: "fulfilled", value: 2 },
    { status: "fulfilled", value: 2 },
  ]);
  expect(await looks.ask(look)).toBe(3);
});

it("never holds more bytes than it may, and keeps what was read last", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom("a", "b", "c", "d"), fc.option(fc.nat(60), { nil: undefined }))),
      (steps) => {
        const cache = new ReadCache(100);
        for (const [name, size] of steps) {
          cache.keep(name, size === undefined ? undefined : { bytes: Buffer.alloc(size), version: name });
          const held = ["a", "b", "c", "d"].map((one) => cache.get(one)?.bytes.length ?? 0);
          expect(held.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(100);
          expect(cache.get(name)?.bytes.length).toBe(size);
        }
      },
    ),
  );
});

it("asks a store that serializes tries once for many that want one lock, and lets exactly one have it", async () => {
  const inner = new MemoryStore();
  let creates = 0;
  const store: ObjectStore = Object.assign(Object.create(inner) as MemoryStore, {
    create: async (name: string, bytes: Buffer) => {
      creates += 1;
      await new Promise((resolve) => setImmediate(resolve));
      return inner.create(name, bytes);
    },
    read: async (name: string) => {
      await new Promise((resolve) => setImmediate(resolve));
      return inner.read(name);
    },
    remove: inner.remove.bind(inner),
  });
  const here = new StateObject(store, key, undefined, undefined, new ReadCache(1));
  const ids = Array.from({ length: 16 }, (_, index) => `client-${index}`);
  const race = async () => {
    const results = await Promise.allSettled(ids.map((ID) => here.lock({ ...info, ID })));
    return ids.filter((_, index) => results[index]?.status === "fulfilled");
  };
  const winners = await race();
  expect([winners.length, creates]).toEqual([1, 1]);
  await here.lock({ ...info, ID: winners[0] ?? "" });
  expect(await race()).toEqual(winners);
  expect(creates).toBe(1);
  await here.unlock(winners[0]);
  expect((await race()).length).toBe(1);
  // Somebody else's door: a lock that was given back there is free here at once.
  const held = await here.holder();
  await new StateObject(inner, key).unlock(held?.ID);
  await here.lock({ ...info, ID: "after" });
  expect((await here.holder())?.ID).toBe("after");
});
