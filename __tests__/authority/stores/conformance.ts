import { StoreConflict, StoreUnavailable, type ObjectStore } from "../../../authority/stores/object-store";

/** Where a store cannot be as free as the others. */
interface Leeway {
  /** Keys that the server behind the store refuses. That must be a StoreUnavailable, every time, and never another object. */
  readonly mayRefuse?: (key: string) => boolean;
}

/**
 * What every ObjectStore promises. `open` gives a store for the whole suite; keys are used once, so it need not be empty.
 */
export function itConformsAsObjectStore(
  open: () => Promise<ObjectStore>,
  { mayRefuse = () => false }: Leeway = {},
): void {
  let store: ObjectStore;
  let counter = 0;
  const run = Math.random().toString(36).slice(2);
  const freshKey = (tail = "terraform.tfstate"): string => `conformance-${run}/${(counter += 1)}/${tail}`;
  const text = (value: string): Buffer => Buffer.from(value);
  const read = async (key: string): Promise<string | undefined> => (await store.read(key))?.bytes.toString();

  beforeAll(async () => {
    store = await open();
  });

  it("has nothing where nothing was written", async () => {
    const key = freshKey();
    expect(await store.read(key)).toBeUndefined();
    expect(await store.history(key)).toEqual([]);
  });

  it("gives back what was created, with its writer", async () => {
    const key = freshKey();
    const version = await store.create(key, text("one"), { writer: "ann" });
    expect(await store.read(key)).toEqual({ bytes: text("one"), version, writer: "ann" });
  });

  it("creates only where nothing is", async () => {
    const key = freshKey();
    await store.create(key, text("one"));
    await expect(store.create(key, text("two"))).rejects.toThrow(StoreConflict);
    expect(await read(key)).toBe("one");
  });

  it("replaces exactly the expected version", async () => {
    const key = freshKey();
    const first = await store.create(key, text("one"));
    const second = await store.replace(key, text("two"), first);
    expect(second).not.toBe(first);
    await expect(store.replace(key, text("late"), first)).rejects.toThrow(StoreConflict);
    expect(await read(key)).toBe("two");
  });

  it("tells a version from an earlier one with the same bytes", async () => {
    const key = freshKey();
    const first = await store.create(key, text("same"));
    const removed = store.remove(key, first);
    await removed;
    await store.create(key, text("same"), { writer: "somebody else" });
    // A server whose tags are hashes of the bytes cannot tell; it must then at least keep the object as it is.
    await store
      .replace(key, text("same"), first)
      .catch((error: unknown) => expect(error).toBeInstanceOf(StoreConflict));
    expect(await read(key)).toBe("same");
  });

  it("replaces nothing where nothing is", async () => {
    const key = freshKey();
    const version = await store.create(freshKey(), text("elsewhere"));
    await expect(store.replace(key, text("one"), version)).rejects.toThrow(StoreConflict);
    expect(await store.read(key)).toBeUndefined();
  });

  it("removes exactly the expected version, and creates again after it", async () => {
    const key = freshKey();
    const first = await store.create(key, text("one"));
    const second = await store.replace(key, text("two"), first);
    await expect(store.remove(key, first)).rejects.toThrow(StoreConflict);
    await store.remove(key, second);
    expect(await store.read(key)).toBeUndefined();
    await expect(store.remove(key, second)).rejects.toThrow(StoreConflict);
    await expect(store.replace(key, text("late"), second)).rejects.toThrow(StoreConflict);
    await store.create(key, text("three"));
    await expect(store.create(key, text("four"))).rejects.toThrow(StoreConflict);
    expect(await read(key)).toBe("three");
  });

  it("survives fifty rounds of create and remove", async () => {
    const key = freshKey("terraform.tfstate.tflock");
    for (let round = 0; round < 50; round += 1) await store.remove(key, await store.create(key, text(String(round))));
    expect(await store.read(key)).toBeUndefined();
  });

  it("keeps every version, newest first", async () => {
    const key = freshKey();
    const first = await store.create(key, text("one"), { writer: "ann" });
    const second = await store.replace(key, text("second"), first, { writer: "ben" });
    await store.remove(key, second);
    const history = await store.history(key);
    expect(history.map(({ removed, size }) => ({ removed, size }))).toEqual([
      { removed: true, size: 0 },
      { removed: false, size: 6 },
      { removed: false, size: 3 },
    ]);
    expect(history.slice(1).map(({ writer }) => writer)).toEqual(["ben", "ann"]);
    const bytes = await Promise.all(history.map(({ id }) => store.readVersion(key, id)));
    expect(bytes.map((version) => version?.toString())).toEqual([undefined, "second", "one"]);
    expect(await store.readVersion(key, "no-such-version")).toBeUndefined();
  });

  it("has exactly one winner among simultaneous creates", async () => {
    const key = freshKey();
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, async (_, n) => store.create(key, text(`writer ${n}`))),
    );
    expectOneWinner(results);
    const winner = results.findIndex(({ status }) => status === "fulfilled");
    expect(await read(key)).toBe(`writer ${winner}`);
  });

  it("has exactly one winner among simultaneous replaces", async () => {
    const key = freshKey();
    const version = await store.create(key, text("start"));
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, async (_, n) => store.replace(key, text(`writer ${n}`), version)),
    );
    expectOneWinner(results);
  });

  it.each([
    "plain",
    "a/b/c",
    "with space/ünïcode/状態",
    "../outside",
    "..",
    "./x",
    "/leading",
    "trailing/",
    "double//slash",
    "percent%2e%2E",
    "back\\slash",
    "q?u=e&r#y",
    ".hidden",
    "@/1",
    "quote\"'<>",
    "l".repeat(700),
  ])("takes the unusual key %j", async (tail) => {
    const key = freshKey(tail);
    if (mayRefuse(tail)) {
      await expect(store.create(key, text(tail))).rejects.toThrow(StoreUnavailable);
      await expect(store.read(key)).rejects.toThrow(StoreUnavailable);
      return;
    }
    await store.create(key, text(tail));
    expect(await read(key)).toBe(tail);
    expect(await store.history(key)).toHaveLength(1);
  });

  it("keeps keys apart that differ in case, in Unicode form, or by being a prefix", async () => {
    const base = freshKey("x");
    const keys = [
      base,
      `${base}/y`,
      `${base}/Y`,
      `${base}/\u00e9`,
      `${base}/e\u0301`,
      ...(mayRefuse("double//slash") ? [] : [`${base}//y`]),
    ];
    for (const key of keys) await store.create(key, text(key));
    for (const key of keys) expect(await read(key)).toBe(key);
  });

  it("refuses the empty key and one that is too long", async () => {
    await expect(store.read("")).rejects.toThrow(TypeError);
    await expect(store.create("k".repeat(1025), text("x"))).rejects.toThrow(TypeError);
  });

  it("keeps bytes as they are, empty or 64 MiB of them", async () => {
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from([0, 255, 10, 13, 10]),
      Buffer.alloc(64 * 1024 * 1024, "state\n"),
    ]) {
      const key = freshKey();
      await store.create(key, bytes);
      expect((await store.read(key))?.bytes.equals(bytes)).toBe(true);
    }
  });
}

function expectOneWinner(results: readonly PromiseSettledResult<string>[]): void {
  const losers = results.filter((result) => result.status === "rejected");
  expect(losers).toHaveLength(results.length - 1);
  for (const { reason } of losers) expect(reason).toBeInstanceOf(StoreConflict);
}
