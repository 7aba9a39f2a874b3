import { FileStore } from "../../../authority/stores/file";
import { type Authenticator } from "../../../authority/server/authenticate";
import { objectIn } from "../../../authority/lease/conditional-object";
import { freeze, isFrozen, readFreeze, refuseFrozen, thaw } from "../../../authority/lease/freeze";
import { advanceLease, endLease, readLease, takeLease } from "../../../authority/lease/lease";
import { freezeAllKey, type Freeze, type Lease } from "../../../authority/lease/schema";
import { MemoryStore } from "../../../authority/stores/memory";
import { StoreUnavailable } from "../../../authority/stores/object-store";
import { codeOf } from "../../support/code-of";
import { serve } from "../server/served";
import { temporaryFolder } from "../support";

const lease = (id: string): Lease => ({
  version: 1,
  id,
  who: "ann",
  host: "laptop",
  since: "2026-04-16T09:12:00Z",
  bundle: "a".repeat(64),
  phase: "checking",
});
const frost: Freeze = { version: 1, who: "ben", since: "2026-04-16T09:12:00Z", why: "the store is moved" };
const now = new Date("2026-04-16T10:00:00Z");

describe("a lease", () => {
  it("has one holder, who says how far the run has come and gives it back", async () => {
    const store = await FileStore.open(temporaryFolder());
    const object = objectIn(store, "attic/terraform.tfstate.apply");
    const all = await Promise.allSettled(
      Array.from({ length: 12 }, async (_, n) => takeLease(object, lease(`run-${n}`))),
    );
    const [winner, ...more] = all.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    if (winner === undefined) throw new Error("nobody took it");
    expect(more).toEqual([]);
    expect(await codeOf(takeLease(object, lease("late")))).toBe("lease-held");
    expect(await takeLease(object, winner.record)).toEqual(winner);
    const attempted = await advanceLease(object, winner, "attempted");
    expect((await readLease(object))?.record).toEqual({ ...winner.record, phase: "attempted" });
    // The answer to the first was lost.
    expect(await advanceLease(object, winner, "attempted")).toEqual(attempted);
    expect(await codeOf(endLease(object, winner))).toBe("lease-lost");
    await endLease(object, attempted);
    await endLease(object, attempted);
    await takeLease(object, lease("next"));
    expect(await codeOf(advanceLease(object, attempted, "applied"))).toBe("lease-lost");
    expect(await codeOf(endLease(object, attempted))).toBe("lease-lost");
  });

  it("that was taken although the answer was lost is the caller's", async () => {
    const store = new MemoryStore();
    const create = store.create.bind(store);
    store.create = async (...args) => {
      await create(...args);
      throw new StoreUnavailable("memory", "the answer was lost");
    };
    const object = objectIn(store, "key.apply");
    expect((await takeLease(object, lease("run"))).record.id).toBe("run");
    expect(await codeOf(takeLease(object, lease("another")))).toBe("lease-held");
  });

  it("that cannot be read stops, and is not overwritten", async () => {
    const store = new MemoryStore();
    await store.create("key.apply", Buffer.from("{}"));
    expect(await codeOf(takeLease(objectIn(store, "key.apply"), lease("run")))).toBe("record-unreadable");
    expect((await store.read("key.apply"))?.bytes.toString()).toBe("{}");
  });
});

describe("a freeze", () => {
  it("counts until it is thawed or over, and names who and why", async () => {
    const object = objectIn(new MemoryStore(), "key.freeze");
    await refuseFrozen([object], now);
    await freeze(object, { ...frost, until: "2026-04-16T09:59:00Z" }, now);
    await refuseFrozen([object], now);
    await freeze(object, { ...frost, until: "2026-04-16T10:01:00Z" }, now);
    await expect(refuseFrozen([object], now)).rejects.toThrow(/frozen by ben .*: the store is moved/);
    expect(await codeOf(freeze(object, frost, now))).toBe("frozen");
    expect(isFrozen((await readFreeze(object))?.record, new Date("2026-04-16T10:01:00Z"))).toBe(false);
    expect((await thaw(object))?.who).toBe("ben");
    expect(await thaw(object)).toBeUndefined();
    await freeze(object, frost, now);
    expect(await codeOf(refuseFrozen([object], now))).toBe("frozen");
  });
});

describe("the routes beside a state", () => {
  const path = "/state/attic-dev/lease";

  it("change by compare-and-swap only", async () => {
    const { send, store, log } = await serve();
    const first = JSON.stringify(lease("run"));
    expect(await send("GET", path)).toMatchObject({ status: 404, body: "" });
    expect((await send("POST", path, first)).status).toBe(428);
    const created = await send("POST", path, first, { "if-none-match": "*" });
    expect(created.status).toBe(200);
    expect((await send("POST", path, first, { "if-none-match": "*" })).status).toBe(412);
    const read = await send("GET", path);
    expect(read).toMatchObject({ status: 200, body: first, headers: { etag: created.headers.etag } });
    const ifMatch = { "if-match": String(read.headers.etag) };
    const second = JSON.stringify({ ...lease("run"), phase: "attempted" });
    const replaced = await send("POST", path, second, ifMatch);
    expect(replaced.status).toBe(200);
    expect((await send("POST", path, first, ifMatch)).status).toBe(412);
    expect((await send("DELETE", path, undefined, ifMatch)).status).toBe(412);
    expect((await send("DELETE", path)).status).toBe(428);
    expect((await readLease(objectIn(store, "attic/terraform.tfstate.apply")))?.record.phase).toBe("attempted");
    expect(await store.read("attic/terraform.tfstate.apply")).toMatchObject({ writer: "ann" });
    expect((await send("DELETE", path, undefined, { "if-match": String(replaced.headers.etag) })).status).toBe(200);
    expect((await send("GET", path)).status).toBe(404);
    const lines = log.map((line) => JSON.parse(line)).filter(({ action }) => action === "lease");
    expect(lines.map(({ method, user, state, status }) => [method, user, state, status])).toContainEqual([
      "POST",
      "ann",
      "attic-dev",
      200,
    ]);
  });

  it("take only what belongs there", async () => {
    const { send } = await serve();
    const create = { "if-none-match": "*" };
    for (const body of ["{}", "no json", JSON.stringify({ ...lease("run"), more: 1 }), JSON.stringify(frost)])
      expect((await send("POST", path, body, create)).status).toBe(400);
    expect((await send("POST", path, "x".repeat(300_000), create)).status).toBe(413);
    expect((await send("POST", "/state/attic-dev/freeze", JSON.stringify(frost), create)).status).toBe(200);
    expect((await send("POST", "/state/attic-dev/generation", "{}", create)).status).toBe(405);
    expect((await send("GET", "/state/attic-dev/generation")).status).toBe(404);
    expect((await send("GET", "/state/unknown/lease")).status).toBe(400);
  });

  it("are under the same roles, and everything is frozen only by who may write everything", async () => {
    let [role, states]: ["read" | "write", string] = ["read", "attic-dev"];
    const authenticator: Authenticator = {
      authenticate: async (name) => ({ name, role, mayUse: (state) => states === "*" || state === states }),
    };
    const { send, server, store } = await serve({ authenticator });
    const create = { "if-none-match": "*" };
    expect((await fetch(`${server.url}/freeze`)).status).toBe(401);
    expect((await send("GET", path)).status).toBe(404);
    expect((await send("GET", "/freeze")).status).toBe(404);
    expect((await send("POST", path, JSON.stringify(lease("run")), create)).status).toBe(403);
    expect((await send("GET", "/state/attic-prod/freeze")).status).toBe(403);
    role = "write";
    expect((await send("POST", path, JSON.stringify(lease("run")), create)).status).toBe(200);
    expect((await send("POST", "/freeze", JSON.stringify(frost), create)).status).toBe(403);
    states = "*";
    expect((await send("POST", "/freeze", JSON.stringify(frost), create)).status).toBe(200);
    expect((await readFreeze(objectIn(store, freezeAllKey(store))))?.record).toEqual(frost);
    expect((await send("PUT", "/freeze")).status).toBe(405);
  });
});
