import fc from "fast-check";
import { marshalLockInfo, parseLockInfo, zeroTime, type LockInfo } from "../../../authority/state/lock-info";
import { StoreConflict, StoreUnavailable } from "../../../authority/stores/object-store";
import { StateRefusal, type RefusalCode } from "../../../authority/refusals";
import { StateObject } from "../../../authority/state/state-object";
import { MemoryStore } from "../../../authority/stores/memory";
import { lockInfo, stateBytes } from "../support";

const key = "attic/terraform.tfstate";
const info = (ID: string, more: Partial<LockInfo> = {}): LockInfo =>
  lockInfo(ID, { Who: "ci@runner-7", Created: "2026-04-16T09:12:00.123456789Z", ...more });

function setUp(): { store: MemoryStore; authority: StateObject } {
  const store = new MemoryStore();
  return { store, authority: new StateObject(store, key) };
}

async function refusal(operation: Promise<unknown>): Promise<RefusalCode | "none"> {
  try {
    await operation;
    return "none";
  } catch (error) {
    if (error instanceof StateRefusal) return error.code;
    throw error;
  }
}

describe("the lock", () => {
  it("is the object that Terraform's s3 backend writes, with a path for its readers", async () => {
    const { store, authority } = setUp();
    await authority.lock(info("id-1", { Info: "<a & b>" }), "ann");
    const stored = await store.read(`${key}.tflock`);
    expect(stored?.writer).toBe("ann");
    expect(stored?.bytes.toString()).toBe(
      '{"ID":"id-1","Operation":"OperationTypeApply","Info":"\\u003ca \\u0026 b\\u003e","Who":"ci@runner-7","Version":"1.11.4","Created":"2026-04-16T09:12:00.123456789Z","Path":"attic/terraform.tfstate"}',
    );
  });

  it("is taken by one, and told to the others", async () => {
    const { authority } = setUp();
    await authority.lock(info("id-1"));
    const error = await authority.lock(info("id-2")).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "locked", holder: { ID: "id-1", Who: "ci@runner-7" } });
    expect(String(error)).toContain("ci@runner-7 (apply, since 2026-04-16T09:12:00.123456789Z, lock id-1)");
  });

  it("is granted again to its holder, whose first reply may have been lost", async () => {
    const { authority } = setUp();
    await authority.lock(info("id-1"));
    await authority.lock(info("id-1"));
    expect((await authority.holder())?.ID).toBe("id-1");
  });

  it("is given back only with its ID, and a repeated unlock is fine", async () => {
    const { authority } = setUp();
    await authority.lock(info("id-1"));
    expect(await refusal(authority.unlock(undefined))).toBe("lock-id-missing");
    expect(await refusal(authority.unlock("id-2"))).toBe("locked");
    await authority.unlock("id-1");
    await authority.unlock("id-1");
    await authority.lock(info("id-2"));
    expect(await refusal(authority.unlock("id-1"))).toBe("locked");
  });

  it("held by something unreadable is refused and not overwritten", async () => {
    const { store, authority } = setUp();
    await store.create(`${key}.tflock`, Buffer.from("not json"));
    expect(await refusal(authority.lock(info("id-1")))).toBe("lock-unreadable");
    expect((await store.read(`${key}.tflock`))?.bytes.toString()).toBe("not json");
  });

  it("on a store that refuses to create after a removal is named, not retried for ever", async () => {
    const { store, authority } = setUp();
    store.create = async () => Promise.reject(new StoreConflict(key, "delete marker"));
    expect(await refusal(authority.lock(info("id-1")))).toBe("lock-create-broken");
  });

  it("keeps a date that Go can read, whatever the client sent", async () => {
    const { authority } = setUp();
    await authority.lock(info("id-1", { Created: zeroTime }));
    expect((await authority.holder())?.Created).toMatch(/^20\d\d-/);
    expect(parseLockInfo(Buffer.from('{"ID":"x","Created":"yesterday"}'))?.Created).toBe(zeroTime);
    expect(parseLockInfo(marshalLockInfo(info("x")))).toEqual(info("x"));
    for (const bad of ["", "null", "[]", "{}", '{"ID":""}', '{"ID":7}'])
      expect(parseLockInfo(Buffer.from(bad))).toBeUndefined();
  });
});

describe("a write", () => {
  async function held(): Promise<ReturnType<typeof setUp>> {
    const pieces = setUp();
    await pieces.authority.lock(info("id-1"));
    await pieces.authority.write(stateBytes(5), "id-1", "ann");
    return pieces;
  }

  it("needs the lock and its ID", async () => {
    const { authority } = setUp();
    expect(await refusal(authority.write(stateBytes(1), undefined))).toBe("lock-needed");
    await authority.lock(info("id-1"));
    expect(await refusal(authority.write(stateBytes(1), undefined))).toBe("locked");
    expect(await refusal(authority.write(stateBytes(1), "id-2"))).toBe("locked");
    expect(await authority.read()).toBeUndefined();
  });

  it.each<[string, Buffer, RefusalCode]>([
    ["another lineage", stateBytes(6, "other"), "lineage-changed"],
    ["a lower serial", stateBytes(4), "serial-lowered"],
    ["the same serial with other bytes", stateBytes(5, undefined, { a: 1 }), "serial-taken"],
    ["no JSON", Buffer.from("<html>"), "state-invalid"],
    ["a truncated state", stateBytes(6).subarray(0, 60), "state-invalid"],
    ["nothing", Buffer.alloc(0), "state-invalid"],
    ["version 3", Buffer.from('{"version":3,"serial":6,"lineage":"x"}'), "state-invalid"],
    ["a fractional serial", Buffer.from('{"version":4,"serial":6.5,"lineage":"x"}'), "state-invalid"],
    ["no lineage", Buffer.from('{"version":4,"serial":6}'), "state-invalid"],
    ["an array", Buffer.from("[]"), "state-invalid"],
    [
      "broken UTF-8",
      Buffer.concat([Buffer.from('{"version":4,"serial":6,"lineage":"'), Buffer.from([0xff]), Buffer.from('"}')]),
      "state-invalid",
    ],
    ["more than 64 MiB", Buffer.alloc(64 * 1024 * 1024 + 1), "state-too-large"],
  ])("of %s is refused and changes nothing", async (_name, bytes, code) => {
    const { authority } = await held();
    expect(await refusal(authority.write(bytes, "id-1"))).toBe(code);
    expect((await authority.read())?.bytes).toEqual(stateBytes(5));
  });

  it("of the same bytes again is fine and adds no version", async () => {
    const { store, authority } = await held();
    expect(await authority.write(stateBytes(5), "id-1")).toEqual({ serialBefore: 5, serialAfter: 5, changed: false });
    expect(await store.history(key)).toHaveLength(1);
  });

  it("raises the serial, keeps the writer and the earlier version", async () => {
    const { store, authority } = await held();
    expect(await authority.write(stateBytes(9), "id-1", "ben")).toEqual({
      serialBefore: 5,
      serialAfter: 9,
      changed: true,
    });
    expect((await store.history(key)).map(({ writer }) => writer)).toEqual(["ben", "ann"]);
  });

  it("of an OpenTofu-encrypted state works by its readable lineage and serial", async () => {
    const { authority } = await held();
    const encrypted = (serial: number, lineage: string): Buffer =>
      Buffer.from(JSON.stringify({ serial, lineage, meta: {}, encrypted_data: "AAAA", encryption_version: "v0" }));
    const lineage = (await authority.read())?.lineage ?? "";
    await authority.write(encrypted(6, lineage), "id-1");
    expect(await refusal(authority.write(encrypted(7, "other"), "id-1"))).toBe("lineage-changed");
    expect(await refusal(authority.write(encrypted(5, lineage), "id-1"))).toBe("serial-lowered");
  });

  it("loses against a writer that came between, whoever holds the lock", async () => {
    const { store, authority } = await held();
    const { replace } = store;
    store.replace = async (...args) => {
      const current = await store.read(key);
      await replace.call(store, key, stateBytes(6, undefined, { theirs: 1 }), current?.version ?? "");
      return replace.apply(store, args);
    };
    expect(await refusal(authority.write(stateBytes(6), "id-1"))).toBe("state-changed-meanwhile");
    expect((await authority.read())?.bytes).toEqual(stateBytes(6, undefined, { theirs: 1 }));
  });

  it("whose own reply was lost below us is recognised by its bytes", async () => {
    const { store, authority } = await held();
    const { replace } = store;
    store.replace = async (...args) => {
      await replace.apply(store, args);
      return replace.apply(store, args);
    };
    expect(await authority.write(stateBytes(6), "id-1")).toMatchObject({ changed: true });
  });

  it("that reads back differently is no success", async () => {
    const { store, authority } = await held();
    store.replace = async () => "accepted-and-dropped";
    expect(await refusal(authority.write(stateBytes(6), "id-1"))).toBe("read-back-differs");
  });
});

describe("reading", () => {
  it("refuses an object that is no state, which an engine would take for an empty one", async () => {
    const { store, authority } = setUp();
    await store.create(key, Buffer.alloc(0));
    expect(await refusal(authority.read())).toBe("stored-state-unreadable");
  });

  it("passes an outage on as an outage, on every operation", async () => {
    const { store, authority } = setUp();
    store.read = async () => Promise.reject(new StoreUnavailable("bucket tofu-state", "NoSuchBucket"));
    for (const operation of [
      authority.read(),
      authority.write(stateBytes(1), "x"),
      authority.delete("x"),
      authority.unlock("x"),
      authority.holder(),
    ]) {
      await expect(operation).rejects.toThrow("bucket tofu-state: NoSuchBucket");
    }
  });
});

describe("deleting", () => {
  it("needs the lock's ID and keeps the history", async () => {
    const { store, authority } = setUp();
    await authority.lock(info("id-1"));
    await authority.write(stateBytes(3), "id-1");
    expect(await refusal(authority.delete(undefined))).toBe("locked");
    expect(await authority.delete("id-1")).toEqual({ serialBefore: 3, changed: true });
    expect(await authority.read()).toBeUndefined();
    expect(await authority.delete("id-1")).toEqual({ changed: false });
    expect(await store.history(key)).toHaveLength(2);
  });
});

describe("any sequence of operations, interleaved over two replicas", () => {
  const ids = fc.constantFrom("a", "b", "c");
  const operation = fc.oneof(
    fc.record({ kind: fc.constant("lock" as const), id: ids }),
    fc.record({ kind: fc.constant("unlock" as const), id: ids }),
    fc.record({
      kind: fc.constant("write" as const),
      id: ids,
      serial: fc.integer({ min: 0, max: 6 }),
      lineage: fc.constantFrom("one", "one", "two"),
      salt: fc.integer({ min: 0, max: 1 }),
    }),
    fc.record({ kind: fc.constant("delete" as const), id: ids }),
  );

  it("does what a simple model says", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(operation, fc.boolean()), { maxLength: 60 }), async (steps) => {
        const store = new MemoryStore();
        const replicas = [new StateObject(store, key), new StateObject(store, key)] as const;
        let holder: string | undefined;
        let state: { serial: number; lineage: string; bytes: Buffer } | undefined;
        for (const [step, second] of steps) {
          const authority = replicas[second ? 1 : 0];
          const free = holder === undefined;
          const mine = holder === step.id;
          if (step.kind === "lock") {
            expect(await refusal(authority.lock(info(step.id)))).toBe(free || mine ? "none" : "locked");
            holder ??= step.id;
          } else if (step.kind === "unlock") {
            expect(await refusal(authority.unlock(step.id))).toBe(free || mine ? "none" : "locked");
            if (mine) holder = undefined;
          } else if (step.kind === "delete") {
            expect(await refusal(authority.delete(step.id))).toBe(free ? "lock-needed" : mine ? "none" : "locked");
            if (mine) state = undefined;
          } else {
            const bytes = stateBytes(step.serial, step.lineage, { salt: step.salt });
            const next = { serial: step.serial, lineage: step.lineage, bytes };
            const expected = free ? "lock-needed" : !mine ? "locked" : judge(state, next);
            expect(await refusal(authority.write(bytes, step.id))).toBe(expected);
            if (expected === "none") state = next;
          }
          expect((await authority.holder())?.ID).toBe(holder);
          expect((await authority.read())?.bytes).toEqual(state?.bytes);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("lets concurrent clients neither share the lock nor lower the serial", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.tuple(ids, fc.integer({ min: 1, max: 5 })), { minLength: 2, maxLength: 6 }),
        async (scheduler, clients) => {
          const store = new MemoryStore();
          let inside = 0;
          const client = async (id: string, serial: number, index: number): Promise<void> => {
            const authority = new StateObject(delayed(store, scheduler), key);
            const mine = `${id}-${index}`;
            if ((await refusal(authority.lock(info(mine)))) !== "none") return;
            expect((inside += 1)).toBe(1);
            await refusal(authority.write(stateBytes(serial, undefined, { mine }), mine));
            inside -= 1;
            await authority.unlock(mine);
          };
          const all = Promise.all(clients.map(([id, serial], index) => client(id, serial, index)));
          await scheduler.waitFor(all);
          const history = await store.history(key);
          const versions = await Promise.all(history.map(({ id }) => store.readVersion(key, id)));
          const serials = versions.map((bytes) => JSON.parse(String(bytes)).serial);
          expect(serials).toEqual([...serials].sort((a, b) => b - a));
          expect(new Set(serials).size).toBe(serials.length);
        },
      ),
      { numRuns: 100 },
    );
  });
});

interface ModelState {
  readonly serial: number;
  readonly lineage: string;
  readonly bytes: Buffer;
}

function judge(state: ModelState | undefined, next: ModelState): RefusalCode | "none" {
  if (!state || state.bytes.equals(next.bytes)) return "none";
  if (state.lineage !== next.lineage) return "lineage-changed";
  if (next.serial < state.serial) return "serial-lowered";
  return next.serial === state.serial ? "serial-taken" : "none";
}

/** The store with every call put off until the scheduler lets it happen. */
function delayed(store: MemoryStore, scheduler: fc.Scheduler): MemoryStore {
  return new Proxy(store, {
    get(target, name: keyof MemoryStore) {
      const member = target[name];
      if (typeof member !== "function") return member;
      return async (...args: never[]) => {
        await scheduler.schedule(Promise.resolve(), String(name));
        // Each method gets its own arguments back; the union of all their signatures can't be called.
        return (member as (...args: never[]) => Promise<unknown>).apply(target, args);
      };
    },
  });
}
