import { type HttpContract } from "../../../lib/backend/http/contract";
import { UserError } from "../../../lib/errors";
import { StoreUnavailable } from "../../../authority/stores/object-store";
import { singleWriter } from "../../../authority/server/authenticate";
import { startServer } from "../../../authority/server/server";
import { HttpStateStore } from "../../../authority/stores/http";
import { MemoryStore } from "../../../authority/stores/memory";
import { type FaultProxy, startFaultProxy } from "../../../lab/fault-proxy/proxy";
import { lockInfo, stateBytes } from "../support";
import { type GitLabOptions, startGitLab } from "./gitlab";

const info = lockInfo("5f1c0de0-0000-4000-8000-000000000001");
const other = lockInfo("5f1c0de0-0000-4000-8000-000000000002", { Who: "ben@laptop" });

/** A server with one fresh state, and how to let go of it. */
interface Served {
  readonly address: string;
  readonly user: string;
  readonly password: string;
  readonly close: () => Promise<void>;
}

const ours = async (): Promise<Served> => {
  const server = await startServer({
    listen: { host: "127.0.0.1", port: 0 },
    states: [{ name: "attic-dev", key: "dev/attic/terraform.tfstate", id: "attic" }],
    store: new MemoryStore(),
    authenticator: singleWriter("ann", "secret"),
    log: { write: () => undefined },
  });
  return { address: `${server.url}/state/attic-dev`, user: "ann", password: "secret", close: () => server.close() };
};
const gitlab = (options: GitLabOptions) => async (): Promise<Served> => {
  const server = await startGitLab({ ...options, user: "ann", password: "secret" });
  return { address: server.address, user: "ann", password: "secret", close: () => server.close() };
};

function contractOf(address: string, more: Partial<HttpContract> = {}): HttpContract {
  return {
    type: "http",
    address,
    lockAddress: `${address}/lock`,
    unlockAddress: `${address}/lock`,
    lockMethod: "POST",
    unlockMethod: "DELETE",
    ...more,
  };
}

describe.each([
  ["our own server", ours, {}],
  ["our own server by LOCK and UNLOCK", ours, { lockMethod: "LOCK", unlockMethod: "UNLOCK" }],
  ["our own server by PUT", ours, { updateMethod: "PUT" }],
  ["a server like GitLab", gitlab({ refusal: 409 }), {}],
  ["a server like GitLab that says 423", gitlab({ refusal: 423 }), {}],
  [
    "a server that compares whole lock infos, and takes PUT only",
    gitlab({ refusal: 423, comparesWholeInfo: true, updateMethod: "PUT" }),
    { updateMethod: "PUT" },
  ],
] as const)("%s", (_name, start, methods) => {
  let served: Served;
  let proxy: FaultProxy;
  let store: HttpStateStore;
  const open = (environment: NodeJS.ProcessEnv, more: Partial<HttpContract> = {}, timeout?: number): HttpStateStore => {
    const address = `${proxy.url}${new URL(served.address).pathname}`;
    return new HttpStateStore({ contract: contractOf(address, { ...methods, ...more }), environment, timeout });
  };

  beforeEach(async () => {
    served = await start();
    proxy = await startFaultProxy(new URL(served.address).origin);
    store = open({ TF_HTTP_USERNAME: served.user, TF_HTTP_PASSWORD: served.password });
  });
  afterEach(async () => {
    await proxy.close();
    await served.close();
  });

  it("has no state at a new name, nor after it was only locked", async () => {
    expect(await store.read()).toBeUndefined();
    await store.lock(info);
    expect(await store.read()).toBeUndefined();
    await store.unlock(info.ID);
  });

  it("locks, writes, reads, removes and unlocks", async () => {
    await store.lock(info);
    expect(await store.write(stateBytes(1), info.ID)).toEqual({ serialAfter: 1, changed: true });
    expect(await store.write(stateBytes(1), info.ID)).toEqual({ serialBefore: 1, serialAfter: 1, changed: false });
    expect(await store.write(stateBytes(4), info.ID)).toEqual({ serialBefore: 1, serialAfter: 4, changed: true });
    expect(await store.read()).toMatchObject({ bytes: stateBytes(4), serial: 4 });
    expect(await store.delete(info.ID)).toEqual({ serialBefore: 4, changed: true });
    expect(await store.delete(info.ID)).toEqual({ changed: false });
    await store.unlock(info.ID);
    expect(await store.read()).toBeUndefined();
  });

  it("writes by the contract's own method and by no other", async () => {
    await store.lock(info);
    proxy.choose(() => "pass");
    await store.write(stateBytes(1), info.ID);
    const writes = proxy.seen.filter((asked) => /^(POST|PUT) /.test(asked));
    const method = "updateMethod" in methods ? methods.updateMethod : "POST";
    expect(writes).toEqual([expect.stringMatching(new RegExp(`^${method} `))]);
  });

  it("names the holder to whoever comes too late, and lets the holder come twice", async () => {
    await store.lock(info);
    await store.lock(info);
    const second = open({ TF_HTTP_USERNAME: served.user, TF_HTTP_PASSWORD: served.password });
    await expect(second.lock(other)).rejects.toMatchObject({ code: "locked", holder: { ID: info.ID } });
    await expect(second.unlock(other.ID)).rejects.toMatchObject({ code: "locked" });
    // Another process may give it back by its ID.
    await second.unlock(info.ID);
    await second.lock(other);
  });

  it("refuses a write without the lock's ID", async () => {
    await store.lock(info);
    await expect(store.write(stateBytes(1), other.ID)).rejects.toBeInstanceOf(UserError);
    expect(await store.read()).toBeUndefined();
  });

  it("guards lineage and serial, whatever the server does", async () => {
    await store.lock(info);
    await store.write(stateBytes(5), info.ID);
    await expect(store.write(stateBytes(6, "another"), info.ID)).rejects.toMatchObject({ code: "lineage-changed" });
    await expect(store.write(stateBytes(4), info.ID)).rejects.toMatchObject({ code: "serial-lowered" });
    await expect(store.write(stateBytes(5, undefined, { a: {} }), info.ID)).rejects.toMatchObject({
      code: "serial-taken",
    });
    await expect(store.write(Buffer.from("{}"), info.ID)).rejects.toMatchObject({ code: "state-invalid" });
    expect((await store.read())?.bytes).toEqual(stateBytes(5));
  });

  it("survives a lost reply to LOCK and to UNLOCK", async () => {
    proxy.choose((_request, number) => (number === 1 ? "lose-reply" : "pass"));
    await store.lock(info);
    proxy.choose((_request, number) => (number === 1 ? "lose-reply" : "pass"));
    await store.unlock(info.ID);
    await store.lock(other);
  });

  it("says who may not", async () => {
    await expect(open({}).read()).rejects.toMatchObject({
      problems: [{ code: "not-allowed", remedy: expect.stringContaining("Set TF_HTTP_USERNAME") }],
    });
    await expect(open({ TF_HTTP_USERNAME: "ann", TF_HTTP_PASSWORD: "wrong" }).lock(info)).rejects.toMatchObject({
      problems: [{ code: "not-allowed", remedy: expect.stringContaining("TF_HTTP_USERNAME is ann") }],
    });
  });

  it.each([
    ["a 500", { status: 500, body: "broken" }],
    ["a 503", { status: 503, body: "" }],
    ["a lost reply", "lose-reply"],
    ["a body that is cut", "cut"],
    ["silence", "hang"],
    ["an empty 200", { status: 200, body: "" }],
  ] as const)("takes %s for an outage, never for no state", async (_fault, fault) => {
    await store.lock(info);
    await store.write(stateBytes(1), info.ID);
    const impatient = open({ TF_HTTP_USERNAME: served.user, TF_HTTP_PASSWORD: served.password }, {}, 300);
    proxy.choose(() => fault);
    await expect(impatient.read()).rejects.toThrow(StoreUnavailable);
    await expect(impatient.read()).rejects.toMatchObject({ problems: [{ code: "state-unavailable" }] });
    await expect(impatient.write(stateBytes(2), info.ID)).rejects.toThrow(StoreUnavailable);
  });

  it("takes half a state for no state file", async () => {
    await store.lock(info);
    await store.write(stateBytes(1), info.ID);
    proxy.choose(() => "shorten");
    await expect(store.read()).rejects.toMatchObject({ code: "stored-state-unreadable" });
  });

  it.each([404, 405, 501])("says that a server which answers %d to a LOCK can't lock", async (status) => {
    proxy.choose(() => ({ status, body: "" }));
    await expect(store.lock(info)).rejects.toMatchObject({ problems: [{ code: "no-locking" }] });
  });

  it.each([301, 302, 307, 308])(
    "follows a redirect (%d) within its origin, and never to another one",
    async (status) => {
      await store.lock(info);
      await store.write(stateBytes(1), info.ID);
      const path = new URL(served.address).pathname;
      proxy.choose((request, number) =>
        number === 1 && request.method === "GET"
          ? { status, body: "", headers: { location: `${path}?again=1` } }
          : "pass",
      );
      expect((await store.read())?.serial).toBe(1);

      const elsewhere = await startFaultProxy(proxy.url);
      let asked = 0;
      elsewhere.choose(() => ((asked += 1), "pass"));
      for (const origin of [elsewhere.url, proxy.url.replace("127.0.0.1", "localhost"), "https://127.0.0.1:1"]) {
        proxy.choose(() => ({ status, body: "", headers: { location: `${origin}${path}` } }));
        const refused = { problems: [{ code: "redirect-refused", what: expect.stringContaining(origin) }] };
        await expect(store.read()).rejects.toMatchObject(refused);
        if (status < 307) continue;
        await expect(store.lock({ ...info, ID: "another" })).rejects.toMatchObject(refused);
        await expect(store.unlock(info.ID)).rejects.toMatchObject(refused);
        proxy.choose((request) =>
          request.method !== "GET" ? { status, body: "", headers: { location: `${origin}${path}` } } : "pass",
        );
        await expect(store.write(stateBytes(2), info.ID)).rejects.toMatchObject(refused);
      }
      expect(asked).toBe(0);
      await elsewhere.close();
    },
  );
});
