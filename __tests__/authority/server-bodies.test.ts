import { createHash } from "node:crypto";
import { connect } from "node:net";
import { ByteBudget } from "../../authority/server/byte-budget";
import { type ServerOptions } from "../../authority/server/options";
import { lockInfo, password, serve, type TestServer } from "./served";
import { stateBytes, until } from "./support";

describe("bodies", () => {
  async function locked(options: Partial<ServerOptions> = {}): Promise<TestServer> {
    const pieces = await serve(options);
    await pieces.send("LOCK", "/state/attic-dev", lockInfo("id-1"));
    return pieces;
  }
  const padded = (serial: number, size: number): Buffer => stateBytes(serial, undefined, { filler: "x".repeat(size) });

  it("over 64 MiB are refused in clear words, announced or not", async () => {
    const { send, server } = await locked();
    const answer = await send("POST", "/state/attic-dev?ID=id-1", Buffer.alloc(64 * 1024 * 1024 + 1, " "));
    expect(answer.status).toBe(413);
    expect(answer.body).toContain("67108864");
    const authorization = `Basic ${Buffer.from(`ann:${password}`).toString("base64")}`;
    const chunks = new ReadableStream({
      pull(controller) {
        controller.enqueue(Buffer.alloc(8 * 1024 * 1024, " "));
        if ((this.sent = (this.sent ?? 0) + 1) > 8) controller.close();
      },
    } as UnderlyingDefaultSource & { sent?: number });
    const chunked = await fetch(`${server.url}/state/attic-dev?ID=id-1`, {
      method: "POST",
      headers: { authorization },
      body: chunks,
      duplex: "half",
    } as RequestInit);
    expect(chunked.status).toBe(413);
  });

  it("of 64 MiB are taken", async () => {
    const { send } = await locked();
    const bytes = padded(1, 64 * 1024 * 1024 - 300);
    expect((await send("POST", "/state/attic-dev?ID=id-1", bytes)).status).toBe(200);
    expect((await send("GET", "/state/attic-dev")).body.length).toBe(bytes.length);
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

  it("of clients that left the line give their share back", async () => {
    const budget = new ByteBudget(10);
    const first = await budget.acquire(8);
    const second = budget.acquire(5);
    const third = budget.acquire(1);
    expect(budget.used).toBe(8);
    first();
    first();
    (await second)();
    (await third)();
    expect(budget.used).toBe(0);
    (await budget.acquire(1000))();
    expect(budget.used).toBe(0);
  });
});
