import { createHash } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import fc from "fast-check";
import { type Authenticator } from "../../../authority/server/authenticate";
import { ByteBudget } from "../../../authority/server/byte-budget";
import { type ServerOptions } from "../../../authority/server/options";
import { MemoryStore } from "../../../authority/stores/memory";
import { lockBody, password, serve, states, type TestServer } from "./served";
import { stateBytes, until } from "../support";

describe("bodies", () => {
  async function locked(options: Partial<ServerOptions> = {}): Promise<TestServer> {
    const pieces = await serve(options);
    await pieces.send("LOCK", "/state/attic-dev", lockBody("id-1"));
    return pieces;
  }
  const padded = (serial: number, size: number): Buffer => stateBytes(serial, undefined, { filler: "x".repeat(size) });

  it("over 64 MiB are refused in clear words, announced or not", async () => {
    const { send, server } = await locked();
    const answer = await send("POST", "/state/attic-dev?ID=id-1", Buffer.alloc(64 * 1024 * 1024 + 1, " "));
    expect(answer.status).toBe(413);
    expect(answer.body).toContain("67108864");
    const authorization = `Basic ${Buffer.from(`ann:${password}`).toString("base64")}`;
    let sent = 0;
    const body = new ReadableStream({
      pull(controller: ReadableStreamDefaultController) {
        controller.enqueue(Buffer.alloc(8 * 1024 * 1024, " "));
        if (++sent > 8) controller.close();
      },
    });
    const request = { method: "POST", headers: { authorization }, body, duplex: "half" as const };
    const chunked = await fetch(`${server.url}/state/attic-dev?ID=id-1`, request);
    expect(chunked.status).toBe(413);
  });

  it("of 64 MiB are taken", async () => {
    const { send } = await locked();
    const bytes = padded(1, 64 * 1024 * 1024 - 300);
    expect((await send("POST", "/state/attic-dev?ID=id-1", bytes)).status).toBe(200);
    expect((await send("GET", "/state/attic-dev")).body.length).toBe(bytes.length);
  });

  it("that begin with a byte order mark are no state: no engine reads it", async () => {
    const { send } = await locked();
    const answer = await send(
      "POST",
      "/state/attic-dev?ID=id-1",
      Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), stateBytes(1)]),
    );
    expect(answer).toMatchObject({ status: 400, body: expect.stringContaining("byte order mark") });
    expect((await send("GET", "/state/attic-dev")).status).toBe(404);
  });

  it("that were damaged on the way are refused by their Content-MD5", async () => {
    const { send } = await locked();
    const md5 = (bytes: Buffer): Record<string, string> => ({
      "content-md5": createHash("md5").update(bytes).digest("base64"),
    });
    expect((await send("POST", "/state/attic-dev?ID=id-1", stateBytes(1), md5(stateBytes(2)))).status).toBe(400);
    expect((await send("POST", "/state/attic-dev?ID=id-1", stateBytes(1), md5(stateBytes(1)))).status).toBe(200);
  });

  it("that are cut off are not stored", async () => {
    const { server, send, log } = await locked();
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    const body = stateBytes(1);
    socket.write(
      `POST /state/attic-dev?ID=id-1 HTTP/1.1\r\nHost: x\r\nAuthorization: Basic ${Buffer.from(`ann:${password}`).toString("base64")}\r\nContent-Length: ${body.length + 1}\r\n\r\n`,
    );
    socket.write(body, () => socket.destroySoon());
    await until("the refusal is logged", () => log.join("").includes("body-cut-off"));
    expect((await send("GET", "/state/attic-dev")).status).toBe(404);
  });

  it("wait in line where memory is short, and all get through", async () => {
    const { server, send } = await locked({ memoryBudget: 3 * 1024 * 1024 });
    const answers = await Promise.all(
      Array.from({ length: 12 }, async (_, n) => send("POST", "/state/attic-dev?ID=id-1", padded(n, 1024 * 1024))),
    );
    expect(answers.every(({ status }) => status === 200 || status === 409)).toBe(true);
    expect(answers.some(({ status }) => status === 200)).toBe(true);
    expect((await send("GET", "/metrics")).body).toContain("flywheel_memory_budget_used_bytes 0");
    expect(server.url).toBeTruthy();
  });

  it("account for what a small write and a removal take: the state that is there", async () => {
    const store = new MemoryStore();
    const { send } = await locked({ store });
    await send("POST", "/state/attic-dev?ID=id-1", padded(1, 2 * 1024 * 1024));
    const read = store.read.bind(store);
    const seen: number[] = [];
    store.read = async (key) => {
      // The metrics read the locks themselves.
      if (key !== states[0]?.key) return read(key);
      const used = /^flywheel_memory_budget_used_bytes (\d+)$/m.exec((await send("GET", "/metrics")).body)?.[1];
      seen.push(Number(used));
      return read(key);
    };
    expect((await send("POST", "/state/attic-dev?ID=id-1", stateBytes(2))).status).toBe(200);
    await send("POST", "/state/attic-dev?ID=id-1", padded(3, 2 * 1024 * 1024));
    seen.splice(0);
    expect((await send("DELETE", "/state/attic-dev?ID=id-1")).status).toBe(200);
    expect(Math.min(...seen)).toBeGreaterThan(2 * 1024 * 1024);
  });
});

describe("a client that leaves", () => {
  const authorization = `Basic ${Buffer.from(`ann:${password}`).toString("base64")}`;

  it.each(["GET", "DELETE", "LOCK"])("while it is authenticated takes no memory with it: %s", async (method) => {
    let open: () => void = () => undefined;
    let gate = Promise.resolve();
    let waiting = 0;
    const authenticator: Authenticator = {
      authenticate: async (name) => {
        waiting += 1;
        await gate;
        return { name, role: "write", mayUse: () => true };
      },
    };
    const { server, send, log } = await serve({ authenticator, memoryBudget: 1024 * 1024 });
    gate = new Promise((resolve) => (open = resolve));
    for (let client = 1; client <= 8; client += 1) {
      const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
      socket.write(`${method} /state/attic-dev HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\n\r\n`);
      await until("it is authenticated", () => waiting === client);
      socket.destroy();
      await once(socket, "close");
    }
    // The server hears of it on its own time; an answer to somebody else shows that it went round once more.
    for (let round = 0; round < 3; round += 1) await send("GET", "/healthz");
    open();
    await until("all were dropped", () => log.filter((line) => line.includes("client-gone")).length === 8);
    expect((await send("GET", "/metrics")).body).toContain("flywheel_memory_budget_used_bytes 0");
    expect((await send("GET", "/state/attic-dev")).status).toBe(404);
  });

  it("before its turn leaves the line, and those behind it get theirs", async () => {
    const budget = new ByteBudget(10);
    const first = await budget.acquire(8);
    const gone = new AbortController();
    const second = budget.acquire(5, gone.signal);
    const third = budget.acquire(1);
    expect(budget.used).toBe(8);
    gone.abort();
    expect(await second).toBeUndefined();
    const share = await third;
    expect(budget.used).toBe(9);
    first?.release();
    first?.release();
    share?.release();
    expect(await budget.acquire(1, gone.signal)).toBeUndefined();
    expect(budget.used).toBe(0);
    (await budget.acquire(1000))?.release();
    expect(budget.used).toBe(0);
  });

  it("shares the memory honestly where a state is larger than it was", async () => {
    const budget = new ByteBudget(10);
    const first = await budget.acquire(1);
    first?.resize(25);
    expect(budget.used).toBe(25);
    let isGranted = false;
    const next = budget.acquire(1).then((share) => ((isGranted = true), share));
    await Promise.resolve();
    expect(isGranted).toBe(false);
    first?.release();
    (await next)?.release();
    expect(budget.used).toBe(0);
  });

  it("or does not, in any order, never loses a byte", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ bytes: fc.nat(20), actual: fc.nat(40), leaves: fc.boolean() }), { maxLength: 30 }),
        async (clients) => {
          const budget = new ByteBudget(16);
          await Promise.all(
            clients.map(async ({ bytes, actual, leaves }) => {
              const gone = new AbortController();
              const share = budget.acquire(bytes, gone.signal);
              if (leaves) gone.abort();
              const got = await share;
              got?.resize(actual);
              await Promise.resolve();
              got?.release();
            }),
          );
          expect(budget.used).toBe(0);
        },
      ),
    );
  });
});
