import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { StoreTimeout, StoreUnavailable } from "../../../authority/stores/object-store";
import { FileStore } from "../../../authority/stores/file";
import { broken, lockBody, serve } from "./served";
import { stateBytes, temporaryFolder } from "../support";

describe("the protocol", () => {
  it("answers 404 with nothing for a known state that does not exist yet", async () => {
    const { send } = await serve();
    expect(await send("GET", "/state/attic-dev")).toMatchObject({ status: 404, body: "" });
  });

  it("stores under the lock and gives the same bytes back", async () => {
    const { send, store } = await serve();
    expect((await send("LOCK", "/state/attic-dev", lockBody("id-1"))).status).toBe(200);
    expect((await send("POST", "/state/attic-dev?ID=id-1", stateBytes(1))).status).toBe(200);
    expect((await send("POST", "/state/attic-dev?ID=id-1", stateBytes(1))).status).toBe(200);
    expect((await send("UNLOCK", "/state/attic-dev", lockBody("id-1"))).status).toBe(200);
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
    expect((await send(lock, path, lockBody("id-1"))).status).toBe(200);
    expect((await send(lock, path, lockBody("id-1"))).status).toBe(200);
    const refused = await send(lock, path, lockBody("id-2"));
    expect(refused.status).toBe(423);
    expect(JSON.parse(refused.body)).toMatchObject({ ID: "id-1", Who: "ann@laptop", Created: "2026-04-16T09:12:00Z" });
    expect((await send(unlock, path, lockBody("id-2"))).status).toBe(423);
    expect((await send(unlock, path, lockBody("id-1"), { "content-type": "application/json" })).status).toBe(200);
    expect((await send(lock, path, lockBody("id-2"))).status).toBe(200);
  });

  it("refuses an unlock without an ID, and names the command", async () => {
    const { send } = await serve();
    await send("LOCK", "/state/attic-prod", lockBody("id-1"));
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
    await send("LOCK", "/state/attic-dev", lockBody("id-1"));
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
    await send("LOCK", "/state/attic-dev", lockBody("id-1"));
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
      ["LOCK", "/state/attic-dev", lockBody("x")],
      ["UNLOCK", "/state/attic-dev", lockBody("x")],
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
