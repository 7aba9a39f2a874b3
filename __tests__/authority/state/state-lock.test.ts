import fc from "fast-check";
import { systemClock } from "../../../authority/clock";
import { StateRefusal } from "../../../authority/refusals";
import { lockKey, marshalLockInfo } from "../../../authority/state/lock-info";
import { StateLock } from "../../../authority/state/state-lock";
import { MemoryStore } from "../../../authority/stores/memory";
import { StoreConflict, type ObjectStore, StoreUnavailable } from "../../../authority/stores/object-store";
import { lockInfo } from "../support";

/** A lock that many ask for at once through one server shares its requests to the store, and nobody can tell by the answers. */
const key = "attic/terraform.tfstate";

/** One operation as its client saw it: between `from` and `to` it happened, at one moment. */
interface Seen {
  readonly kind: "take" | "release";
  readonly id: string;
  readonly from: number;
  readonly to: number;
  /** Who was named in a refusal; undefined where it was granted. */
  readonly holder?: string;
}

/** Whether one order of the operations, none before its question or after its answer, gives every client the answer that it had. */
function isLinearizable(history: readonly Seen[], holder?: string): boolean {
  if (history.length === 0) return true;
  const firstAnswer = Math.min(...history.map(({ to }) => to));
  return history.some((seen) => {
    if (seen.from > firstAnswer) return false;
    const isRefused = holder !== undefined && holder !== seen.id;
    if (isRefused !== (seen.holder !== undefined) || (isRefused && seen.holder !== holder)) return false;
    const next = isRefused ? holder : seen.kind === "take" ? seen.id : undefined;
    return isLinearizable(
      history.filter((other) => other !== seen),
      next,
    );
  });
}

/** A store whose requests arrive and are answered when the schedule says. A removal that names its version is S3's: it hits that or nothing. */
function delayed(inner: MemoryStore, wait: (label: string) => Promise<unknown>): ObjectStore {
  const around = async <T>(label: string, effect: () => Promise<T>): Promise<T> => {
    await wait(`${label} arrives`);
    const result = await effect().then(
      (value) => () => value,
      (error: unknown) => () => {
        throw error;
      },
    );
    await wait(`${label} is answered`);
    return result();
  };
  return {
    description: "memory",
    ownFolder: inner.ownFolder,
    read: (name) => around("read", () => inner.read(name)),
    create: (name, bytes, metadata) => around("create", () => inner.create(name, bytes, metadata)),
    replace: (name, bytes, expected) => around("replace", () => inner.replace(name, bytes, expected)),
    remove: (name, expected) => around("remove", () => inner.remove(name, expected)),
    removeSeen: (name, seen) =>
      around("remove seen", async () => {
        await inner.remove(name, seen.version).catch((error: unknown) => {
          if (!(error instanceof StoreConflict)) throw error;
        });
        return true;
      }),
    history: (name) => inner.history(name),
    readVersion: (name, id) => inner.readVersion(name, id),
  };
}

const step = fc.record({
  server: fc.nat(1),
  kind: fc.constantFrom("take" as const, "take" as const, "release" as const),
  id: fc.constantFrom("a", "b", "c"),
});

it("answers as if every request had been made at one moment of its own, with two servers", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.array(step, { minLength: 1, maxLength: 2 }), { minLength: 2, maxLength: 5 }),
      async (scheduler, clients) => {
        const inner = new MemoryStore();
        const store = delayed(inner, (label) => scheduler.schedule(Promise.resolve(), label));
        const servers = [new StateLock(store, key, systemClock), new StateLock(store, key, systemClock)];
        const history: Seen[] = [];
        let now = 0;
        const run = async (steps: (typeof clients)[number]) => {
          for (const { server, kind, id } of steps) {
            await scheduler.schedule(Promise.resolve(), "a client goes on");
            const from = (now += 1);
            const lock = servers[server];
            const answer = kind === "take" ? lock?.take(lockInfo(id)) : lock?.release(id);
            const holder = await answer?.then(
              () => undefined,
              (error: unknown) => {
                if (error instanceof StateRefusal && error.code === "locked") return error.holder?.ID;
                throw error;
              },
            );
            history.push({ kind, id, from, to: (now += 1), ...(holder === undefined ? {} : { holder }) });
          }
        };
        const running = Promise.all(clients.map(run));
        await scheduler.waitFor(running);
        expect(history.length).toBe(clients.flat().length);
        expect(isLinearizable(history)).toBe(true);
      },
    ),
    { numRuns: 200 },
  );
});

it("knows an order that cannot be", () => {
  const granted = { kind: "take", from: 1, to: 2 } as const;
  expect(
    isLinearizable([
      { ...granted, id: "a" },
      { ...granted, id: "b" },
    ]),
  ).toBe(false);
  expect(
    isLinearizable([
      { ...granted, id: "a" },
      { ...granted, id: "b", from: 3, to: 4, holder: "a" },
    ]),
  ).toBe(true);
  expect(isLinearizable([{ ...granted, id: "b", holder: "a" }])).toBe(false);
});

it("asks once for all who wait: one try while it is free, one look while it is held", async () => {
  const inner = new MemoryStore();
  const asked: string[] = [];
  const store = delayed(inner, async (label) => {
    if (label.endsWith("arrives")) asked.push(label.replace(" arrives", ""));
    await new Promise((resolve) => setImmediate(resolve));
  });
  const lock = new StateLock(store, key, systemClock);
  const first = lock.take(lockInfo("first"));
  const others = Array.from({ length: 15 }, (_, index) => lock.take(lockInfo(`other-${index}`)));
  await first;
  for (const { status } of await Promise.allSettled(others)) expect(status).toBe("rejected");
  expect(asked).toEqual(["create", "read"]);
  asked.length = 0;
  await lock.release("first");
  expect(asked).toEqual(["read", "remove seen"]);
  asked.length = 0;
  await lock.take(lockInfo("second"));
  expect(asked).toEqual(["create"]);
});

it("does not tell who asks while a try is under way what that try found: it may be over by then", async () => {
  const inner = new MemoryStore();
  let beforeAnswer: () => Promise<void> = () => Promise.resolve();
  const store = delayed(inner, async (label) => {
    if (label === "create is answered") await beforeAnswer();
  });
  const here = new StateLock(store, key, systemClock);
  let late: Promise<void> | undefined;
  beforeAnswer = async () => {
    beforeAnswer = () => Promise.resolve();
    await new StateLock(inner, key, systemClock).release("a");
    late = here.take(lockInfo("b"));
  };
  await here.take(lockInfo("a"));
  await late;
  expect((await here.holder())?.ID).toBe("b");
});

it("tells all who wait what failed, and asks anew for who comes after", async () => {
  const inner = new MemoryStore();
  let isOut = true;
  const store = delayed(inner, async () => {
    await new Promise((resolve) => setImmediate(resolve));
    if (isOut) throw new StoreUnavailable("memory", "out");
  });
  const lock = new StateLock(store, key, systemClock);
  const answers = await Promise.allSettled([
    lock.take(lockInfo("a")),
    lock.take(lockInfo("b")),
    lock.release("c"),
    lock.take(lockInfo("d")),
  ]);
  for (const answer of answers)
    expect(answer).toMatchObject({ status: "rejected", reason: expect.any(StoreUnavailable) });
  isOut = false;
  await lock.take(lockInfo("b"));
  expect((await lock.holder())?.ID).toBe("b");
});

it("removes the lock that it looked at, and not one with the same text that was taken since", async () => {
  const inner = new MemoryStore();
  let between: () => Promise<void> = () => Promise.resolve();
  const store = delayed(inner, async (label) => {
    if (label === "remove seen arrives") await between();
  });
  const lock = new StateLock(store, key, systemClock);
  await lock.take(lockInfo("a"));
  between = async () => {
    const held = await inner.read(lockKey(key));
    await inner.remove(lockKey(key), held?.version ?? "");
    await inner.create(lockKey(key), held?.bytes ?? marshalLockInfo(lockInfo("a")));
  };
  await lock.release("a");
  expect((await lock.holder())?.ID).toBe("a");
});
