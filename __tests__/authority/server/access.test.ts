import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { request as httpsRequest } from "node:https";
import { join } from "node:path";
import { UserError } from "../../../lib/errors";
import { StoreUnavailable } from "../../../authority/stores/object-store";
import { type Authenticator } from "../../../authority/server/authenticate";
import { FileStore } from "../../../authority/stores/file";
import { MemoryStore } from "../../../authority/stores/memory";
import { lockBody, password, serve, states } from "./served";
import { send, stateBytes, temporaryFolder, until } from "../support";

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
      expect((await send(method, "/state/attic-dev", lockBody("x"))).status).toBe(403);
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
    await send("LOCK", "/state/attic-dev", lockBody("x"), { "x-forwarded-for": "203.0.113.9, 198.51.100.7" });
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
    await send("LOCK", "/state/attic-dev", lockBody("id-1"));
    await send("POST", "/state/attic-dev?ID=id-1", stateBytes(1));
    await send("POST", "/state/attic-dev?ID=id-1", secret);
    await send("LOCK", "/state/attic-dev", lockBody("id-2"));
    await send("GET", "/state/attic-dev");
    await send("UNLOCK", "/state/attic-dev", lockBody("id-1"));
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
    await send("LOCK", "/state/attic-dev", lockBody("id-1"));
    await send("LOCK", "/state/attic-dev", lockBody("id-2"));
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
    await send("LOCK", "/state/attic-dev", lockBody("id-1"));
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
        (n % 2 ? one : two).send("LOCK", "/state/attic-dev", lockBody(`id-${n}`)),
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
