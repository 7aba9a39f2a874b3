import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { request as httpsRequest } from "node:https";
import { join } from "node:path";
import { UserError } from "../../lib/errors";
import { StoreTimeout, StoreUnavailable } from "../../authority/stores/object-store";
import { type Authenticator } from "../../authority/server/authenticate";
import { FileStore } from "../../authority/stores/file";
import { MemoryStore } from "../../authority/stores/memory";
import { broken, lockInfo, password, serve, states } from "./served";
import { send, stateBytes, temporaryFolder, until } from "./support";

describe("the protocol", () => {
  it("answers 404 with nothing for a known state that does not exist yet", async () => {
    const { send } = await serve();
    expect(await send("GET", "/state/attic-dev")).toMatchObject({ status: 404, body: "" });
  });

  it("stores under the lock and gives the same bytes back", async () => {
    const { send, store } = await serve();
    expect((await send("LOCK", "/state/attic-dev", lockInfo("id-1"))).status).toBe(200);
    expect((await send("POST", "/state/attic-dev?ID=id-1", stateBytes(1))).status).toBe(200);
    expect((await send("POST", "/state/attic-dev?ID=id-1", stateBytes(1))).status).toBe(200);
    expect((await send("UNLOCK", "/state/attic-dev", lockInfo("id-1"))).status).toBe(200);
    expect(await send("GET", "/state/attic-dev")).toMatchObject({
      status: 200,
      body: stateBytes(1).toString(),
      headers: { "content-type": "application/json" },
    });
    expect(await store.read("attic/terraform.tfstate")).toMatchObject({ writer: "ann" });
    expect(await store.read("attic/terraform.tfstate.tflock")).toBeUndefined();
  });

  it.each([
    ["LOCK", "UNLOCK", "/state/attic-dev"],
    ["LOCK", "UNLOCK", "/state/attic-dev/lock"],
    ["POST", "DELETE", "/state/attic-dev/lock"],
  ])("locks with %s and unlocks with %s on %s", async (lock, unlock, path) => {
    const { send } = await serve();
    expect((await send(lock, path, lockInfo("id-1"))).status).toBe(200);
    expect((await send(lock, path, lockInfo("id-1"))).status).toBe(200);
    const refused = await send(lock, path, lockInfo("id-2"));
    expect(refused.status).toBe(423);
    expect(JSON.parse(refused.body)).toMatchObject({ ID: "id-1", Who: "ann@laptop", Created: "2026-04-16T09:12:00Z" });
    expect((await send(unlock, path, lockInfo("id-2"))).status).toBe(423);
    expect((await send(unlock, path, lockInfo("id-1"), { "content-type": "application/json" })).status).toBe(200);
    expect((await send(lock, path, lockInfo("id-2"))).status).toBe(200);
  });

  it("refuses an unlock without an ID, and names the command", async () => {
    const { send } = await serve();
    await send("LOCK", "/state/attic-prod", lockInfo("id-1"));
    for (const [method, path] of [
      ["UNLOCK", "/state/attic-prod"],
      ["DELETE", "/state/attic-prod/lock"],
    ] as const) {
      const answer = await send(method, path);
      expect(answer.status).toBe(400);
      expect(answer.body).toContain("run: flywheel unlock attic-prod <lock-id>");
    }
  });

  it("writes and deletes only with the lock's ID, and names the holder", async () => {
    const { send } = await serve();
    expect((await send("POST", "/state/attic-dev", stateBytes(1))).status).toBe(409);
    await send("LOCK", "/state/attic-dev", lockInfo("id-1"));
    for (const [method, path] of [
      ["POST", "/state/attic-dev"],
      ["POST", "/state/attic-dev?ID=id-2"],
      ["DELETE", "/state/attic-dev"],
      ["DELETE", "/state/attic-dev?ID=id-2"],
    ] as const) {
      const answer = await send(method, path, method === "POST" ? stateBytes(1) : undefined);
      expect(answer.status).toBe(423);
      expect(JSON.parse(answer.body).ID).toBe("id-1");
    }
    expect((await send("GET", "/state/attic-dev")).status).toBe(404);
    await send("POST", "/state/attic-dev?ID=id-1", stateBytes(1));
    expect((await send("DELETE", "/state/attic-dev?ID=id-1")).status).toBe(200);
    expect((await send("GET", "/state/attic-dev")).status).toBe(404);
  });

  it.each([
    ["another lineage", stateBytes(6, "other"), 409],
    ["a lower serial", stateBytes(4), 409],
    ["the same serial, other bytes", stateBytes(5, undefined, { a: 1 }), 409],
    ["no state", Buffer.from("<html>"), 400],
    ["nothing", Buffer.alloc(0), 400],
  ])("refuses %s", async (_name, bytes, status) => {
    const { send } = await serve();
    await send("LOCK", "/state/attic-dev", lockInfo("id-1"));
    await send("POST", "/state/attic-dev?ID=id-1", stateBytes(5));
    expect((await send("POST", "/state/attic-dev?ID=id-1", bytes)).status).toBe(status);
    expect((await send("GET", "/state/attic-dev")).body).toBe(stateBytes(5).toString());
  });

  it("refuses a LOCK without lock info", async () => {
    const { send } = await serve();
    for (const body of [undefined, "", "{}", "not json", "x".repeat(100_000)])
      expect([400, 413]).toContain((await send("LOCK", "/state/attic-dev", body)).status);
  });
});

describe("an address that is not a state", () => {
  const methods = ["GET", "POST", "DELETE", "LOCK", "UNLOCK", "PUT", "PATCH"];

  it.each(methods)("is 400 with the known names on %s, never 404", async (method) => {
    const { send } = await serve();
    for (const path of [
      "/state/atic-dev",
      "/state/attic-dev%20",
      "/state/atic-dev/lock",
      "/state/",
      "/state/attic-dev/",
      "/state/attic-dev/x",
      `/state/${"x".repeat(300)}`,
    ]) {
      const answer = await send(method, path);
      expect({ path, status: answer.status }).toEqual({ path, status: 400 });
      expect(answer.body).toContain("known: attic-dev, attic-prod");
    }
  });

  it("is 400 too where it is mistyped before the name", async () => {
    const { send } = await serve();
    for (const path of ["/", "/stat/attic-dev", "/attic-dev", "/state", "/state/%zz"])
      expect((await send("GET", path)).status).toBe(400);
  });

  it("is 405 for a method that no state has", async () => {
    const { send } = await serve();
    expect(await send("PATCH", "/state/attic-dev")).toMatchObject({
      status: 405,
      headers: { allow: "GET, POST, PUT, DELETE, LOCK, UNLOCK" },
    });
    expect((await send("GET", "/state/attic-dev/lock")).status).toBe(405);
  });
});

describe("an outage", () => {
  it.each([
    [
      503,
      new StoreUnavailable("bucket tofu-state at s3.example", "NoSuchBucket:\nThe specified bucket does not exist"),
    ],
    [504, new StoreTimeout("bucket tofu-state at s3.example", "no answer after 5 s")],
  ])("is %i with one line that names the store, on every operation", async (status, error) => {
    const { send } = await serve({ store: broken(error) });
    for (const [method, path, body] of [
      ["GET", "/state/attic-dev"],
      ["POST", "/state/attic-dev?ID=x", stateBytes(1)],
      ["DELETE", "/state/attic-dev?ID=x"],
      ["LOCK", "/state/attic-dev", lockInfo("x")],
      ["UNLOCK", "/state/attic-dev", lockInfo("x")],
      ["GET", "/readyz"],
    ] as const) {
      const answer = await send(method, path, body);
      expect(answer.status).toBe(status);
      expect(answer.body).toMatch(/^bucket tofu-state at s3.example: .*\n$/);
    }
    expect((await send("GET", "/healthz")).status).toBe(200);
  });

  it("of the file store is one too", async () => {
    const folder = join(temporaryFolder(), "store");
    const store = await FileStore.open(folder);
    const { send } = await serve({ store });
    expect((await send("GET", "/readyz")).status).toBe(200);
    execFileSync("mv", [folder, `${folder}.gone`]);
    expect((await send("GET", "/readyz")).status).toBe(503);
    expect((await send("GET", "/state/attic-dev")).status).toBe(503);
  });

  it("that nobody foresaw is 500 without details, which the log has", async () => {
    const { send, log } = await serve({ store: broken(new Error("inner detail")) });
    expect(await send("GET", "/state/attic-dev")).toMatchObject({
      status: 500,
      body: "internal error; the server's log has it\n",
    });
    expect(log.join("")).toContain("inner detail");
  });
});

describe("who may do what", () => {
  it.each([undefined, "ann:wrong", "ben:x"])("tells nothing before it knows who asks: %s", async (auth) => {
    const { server, store } = await serve();
    const methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "LOCK", "UNLOCK", "OPTIONS", "PROPFIND", "MKCOL", "COPY"];
    const paths = ["attic-dev", "unknown", "attic-dev/lock", "attic-dev/x", "x/y", "", "attic-dev/lock/x"];
    for (const method of methods)
      for (const path of ["/", "/unknown", "/state", ...paths.map((name) => `/state/${name}`)]) {
        const answer = await send(method, `${server.url}${path}`, { auth });
        expect({ method, path, status: answer.status }).toEqual({ method, path, status: 401 });
        expect(answer.headers["www-authenticate"]).toMatch(/^Basic /);
        expect(answer.headers["allow"]).toBeUndefined();
        expect(answer.body).not.toContain("attic-");
      }
    const ready = await send("GET", `${server.url}/readyz`, { auth });
    expect(ready).toMatchObject({ status: 200, body: "ready\n" });
    Object.assign(store, { read: async () => Promise.reject(new StoreUnavailable("bucket inner-name", "is gone")) });
    const broken = await send("GET", `${server.url}/readyz`, { auth });
    expect(broken).toMatchObject({ status: 503, body: "not ready; the server's log says why\n" });
  });

  it("names only the states that are theirs to who mistypes one", async () => {
    const authenticator: Authenticator = {
      authenticate: async (name) => ({ name, role: "read", mayUse: (state) => state === "attic-dev" }),
    };
    const { send } = await serve({ authenticator });
    for (const [method, path] of [
      ["GET", "/state/atic"],
      ["PROPFIND", "/state/x/y"],
    ] as const)
      expect(await send(method, path)).toMatchObject({
        status: 400,
        body: expect.stringMatching(/known: attic-dev\n$/),
      });
  });

  it("lets a reader only GET, and only their states", async () => {
    const authenticator: Authenticator = {
      authenticate: async (name) => ({ name, role: "read", mayUse: (state) => state === "attic-dev" }),
    };
    const { send } = await serve({ authenticator });
    expect((await send("GET", "/state/attic-dev")).status).toBe(404);
    for (const method of ["POST", "DELETE", "LOCK", "UNLOCK"])
      expect((await send(method, "/state/attic-dev", lockInfo("x"))).status).toBe(403);
    expect((await send("GET", "/state/attic-prod")).status).toBe(403);
    expect((await send("GET", "/state/unknown")).status).toBe(400);
  });

  it.each(["0.0.0.0", "192.0.2.1", "::", "state.example.org"])("does not start on %s without TLS", async (host) => {
    await expect(serve({ listen: { host, port: 0 } })).rejects.toMatchObject({
      problems: [{ code: "serve-needs-tls" }],
    });
  });

  it("starts off loopback behind a proxy that speaks TLS, and logs the client's address", async () => {
    const { send, log } = await serve({ behindTlsProxy: true });
    await send("LOCK", "/state/attic-dev", lockInfo("x"), { "x-forwarded-for": "203.0.113.9, 198.51.100.7" });
    expect(JSON.parse(log[0] ?? "")).toMatchObject({ address: "198.51.100.7" });
  });

  it("speaks TLS with a given certificate", async () => {
    const folder = temporaryFolder();
    const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
    execFileSync(
      "openssl",
      [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-keyout",
        key,
        "-out",
        cert,
        "-days",
        "1",
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost",
      ],
      { stdio: "ignore" },
    );
    const { server } = await serve({
      listen: { host: "0.0.0.0", port: 0 },
      tls: { cert: readFileSync(cert), key: readFileSync(key) },
    });
    const port = new URL(server.url).port;
    expect(server.url).toMatch(/^https:/);
    const status = await new Promise((resolve, reject) => {
      httpsRequest({ host: "localhost", port, path: "/healthz", ca: readFileSync(cert), agent: false }, (answer) =>
        resolve(answer.resume().statusCode),
      )
        .on("error", reject)
        .end();
    });
    expect(status).toBe(200);
  });

  it("says so when the port is busy", async () => {
    const { server } = await serve();
    const busy = serve({ listen: { host: "127.0.0.1", port: Number(new URL(server.url).port) } });
    await expect(busy).rejects.toBeInstanceOf(UserError);
    await expect(busy).rejects.toMatchObject({
      problems: [{ code: "port-busy", remedy: expect.stringContaining("--listen") }],
    });
  });

  it("does not serve one object under two names", async () => {
    await expect(
      serve({ states: [...states, { name: "other", key: "attic/terraform.tfstate", id: "other" }] }),
    ).rejects.toMatchObject({ problems: [{ code: "state-served-twice" }] });
  });
});

describe("the log", () => {
  it("has one line for every write, lock, unlock and refusal, and no secrets", async () => {
    const { send, server, log } = await serve();
    const secret = stateBytes(2, undefined, { password: { value: "inside-the-state" } });
    await send("LOCK", "/state/attic-dev", lockInfo("id-1"));
    await send("POST", "/state/attic-dev?ID=id-1", stateBytes(1));
    await send("POST", "/state/attic-dev?ID=id-1", secret);
    await send("LOCK", "/state/attic-dev", lockInfo("id-2"));
    await send("GET", "/state/attic-dev");
    await send("UNLOCK", "/state/attic-dev", lockInfo("id-1"));
    await fetch(`${server.url}/state/attic-dev`, {
      headers: { authorization: `Basic ${Buffer.from("ann:guess-of-a-password").toString("base64")}` },
    });
    const lines = log.map((line) => JSON.parse(line));
    expect(
      lines.map(({ level, action, user, state, lockId, serialBefore, serialAfter, address, status, refusal }) => [
        level,
        action,
        user,
        state,
        lockId,
        serialBefore,
        serialAfter,
        address,
        status,
        refusal,
      ]),
    ).toEqual([
      [30, "lock", "ann", "attic-dev", "id-1", undefined, undefined, "127.0.0.1", 200, undefined],
      [30, "write", "ann", "attic-dev", "id-1", undefined, 1, "127.0.0.1", 200, undefined],
      [30, "write", "ann", "attic-dev", "id-1", 1, 2, "127.0.0.1", 200, undefined],
      [40, "lock", "ann", "attic-dev", "id-2", undefined, undefined, "127.0.0.1", 423, "locked"],
      [30, "unlock", "ann", "attic-dev", "id-1", undefined, undefined, "127.0.0.1", 200, undefined],
      [40, "read", undefined, undefined, undefined, undefined, undefined, "127.0.0.1", 401, "wrong-credentials"],
    ]);
    const all = log.join("");
    for (const hidden of [
      password,
      Buffer.from(`ann:${password}`).toString("base64"),
      "guess-of-a-password",
      "inside-the-state",
      "Basic",
    ])
      expect(all).not.toContain(hidden);
  });

  it("is counted in the metrics", async () => {
    const { send } = await serve();
    await send("LOCK", "/state/attic-dev", lockInfo("id-1"));
    await send("LOCK", "/state/attic-dev", lockInfo("id-2"));
    const { body, headers } = await send("GET", "/metrics");
    expect(headers["content-type"]).toContain("version=0.0.4");
    expect(body).toContain('flywheel_requests_total{action="lock",status="200"} 1');
    expect(body).toContain("flywheel_lock_refusals_total 1");
    expect(body).toContain('flywheel_request_duration_seconds_bucket{le="+Inf"} 2');
    expect(
      body.split("\n").filter((line) => !/^(# (HELP|TYPE) \w+ .+|\w+(\{[^}]*\})? [0-9.e+-]+|)$/.test(line)),
    ).toEqual([]);
  });
});

describe("stopping", () => {
  it("finishes what was accepted and takes nothing new", async () => {
    const store = new MemoryStore();
    const { server, send } = await serve({ store });
    await send("LOCK", "/state/attic-dev", lockInfo("id-1"));
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const create = store.create.bind(store);
    let arrived = false;
    store.create = async (...args) => {
      arrived = true;
      await gate;
      return create(...args);
    };
    const answer = send("POST", "/state/attic-dev?ID=id-1", stateBytes(1));
    await until("the write is in the store's hands", () => arrived);
    let closed = false;
    const closing = server.close().then(() => (closed = true));
    await until("new connections are refused", async () =>
      send("GET", "/healthz").then(
        ({ status }) => status === 503,
        () => true,
      ),
    );
    expect(closed).toBe(false);
    release();
    expect((await answer).status).toBe(200);
    await closing;
    expect(await store.read("attic/terraform.tfstate")).toBeDefined();
  });
});

describe("two replicas over one store", () => {
  it("are as good as one", async () => {
    const folder = temporaryFolder();
    const one = await serve({ store: await FileStore.open(folder) });
    const two = await serve({ store: await FileStore.open(folder) });
    const locks = await Promise.all(
      Array.from({ length: 20 }, async (_, n) =>
        (n % 2 ? one : two).send("LOCK", "/state/attic-dev", lockInfo(`id-${n}`)),
      ),
    );
    expect(locks.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(locks.filter(({ status }) => status === 423)).toHaveLength(19);
    const holder = locks.findIndex(({ status }) => status === 200);
    expect((await two.send("POST", `/state/attic-dev?ID=id-${holder}`, stateBytes(1))).status).toBe(200);
    expect((await one.send("POST", `/state/attic-dev?ID=id-${holder}`, stateBytes(2))).status).toBe(200);
    expect((await two.send("POST", `/state/attic-dev?ID=id-${holder}`, stateBytes(1))).status).toBe(409);
    expect((await two.send("GET", "/state/attic-dev")).body).toBe(stateBytes(2).toString());
  });
});
