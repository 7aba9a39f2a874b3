import { abortCutover, cutover } from "../../../authority/cutover/cutover";
import { Journal } from "../../../authority/cutover/journal";
import { hasReached } from "../../../authority/cutover/record";
import { type CutoverOptions } from "../../../authority/cutover/move";
import { HttpStateStore } from "../../../authority/stores/http";
import { type HttpContract } from "../../../lib/backend/http/contract";
import { UserError } from "../../../lib/errors";
import { codeOf } from "../../support/code-of";
import { type GitLab, type GitLabOptions, startGitLab } from "../stores/gitlab";
import { type Checkout, type Death, Killed, lockOf, mortal, stateBytes, stateKey, World } from "./world";

/** Moves out of servers that others wrote, and back: what they do otherwise are modes of the one that behaves as GitLab does. */
const servers: GitLab[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

class Foreign {
  readonly world = new World();

  private constructor(readonly server: GitLab) {}

  static async start(options: GitLabOptions, serial: number | "no state" = 7): Promise<Foreign> {
    const server = await startGitLab(options);
    servers.push(server);
    server.state = serial === "no state" ? undefined : stateBytes(serial);
    return new Foreign(server);
  }

  /** The server as another process sees it. */
  open(emptyAnswer?: "no state"): HttpStateStore {
    const { address } = this.server;
    const contract: HttpContract = {
      type: "http",
      address,
      lockAddress: `${address}/lock`,
      unlockAddress: `${address}/lock`,
      lockMethod: "POST",
      unlockMethod: "DELETE",
    };
    const environment = { TF_HTTP_USERNAME: "ann", TF_HTTP_PASSWORD: "glpat-secret" };
    return new HttpStateStore({ contract, environment, emptyAnswer });
  }

  /** The sides that an engine can write to now. */
  async openSides(): Promise<string[]> {
    const isOpen = this.server.state !== undefined && this.server.lock === undefined;
    return [...(isOpen ? ["http"] : []), ...(await this.world.openSides())];
  }

  /** A run of somebody's, in a process of its own. */
  run(to: "http" | "s3", checkout: Checkout, death?: Death): CutoverOptions {
    const options = this.world.run(to, checkout);
    const http = {
      backend: "http" as const,
      location: this.server.address,
      state: this.open(to === "http" ? "no state" : undefined),
    };
    return {
      ...options,
      store: death === undefined ? options.store : mortal(options.store, death),
      ...(to === "s3" ? { source: http } : { destination: http }),
    };
  }
}

const wholeInfo: GitLabOptions = { refusal: 423, comparesWholeInfo: true };

describe.each([
  ["like GitLab", {}],
  ["that compares the whole lock info", wholeInfo],
])("a server %s", (_name, options) => {
  it("is left, gone back to, and left again", async () => {
    const foreign = await Foreign.start(options);
    const ann: Checkout = { user: "ann@laptop" };
    await cutover(foreign.run("s3", ann));
    expect(foreign.server.lock?.id).toMatch(/^moved-to:s3:/);
    await foreign.world.apply("s3", 8);
    await cutover(foreign.run("http", ann));
    expect(foreign.server.lock).toBeUndefined();
    expect(foreign.server.state).toEqual(stateBytes(8));
    await cutover(foreign.run("s3", ann));
    expect(ann.entry).toMatchObject({ backend: "s3", generation: 3 });
  });

  it.each(["http", "s3"] as const)(
    "is finished or undone by other processes, wherever the move to %s was killed",
    async (to) => {
      for (let remaining = 0; ; remaining += 1) {
        let deaths = 0;
        for (const verb of ["finish", "abort"] as const) {
          const foreign = await Foreign.start(options);
          const ann: Checkout = { user: "ann@laptop" };
          if (to === "http") await cutover(foreign.run("s3", ann));
          const bob: Checkout = { ...ann, user: "bob@laptop" };
          await cutover(foreign.run(to, ann, { remaining, after: true })).catch((error: unknown) => {
            if (!(error instanceof Killed)) throw error;
            deaths += 1;
          });
          const code = await codeOf(
            verb === "finish" ? cutover(foreign.run(to, bob)) : abortCutover(foreign.run(to, bob)),
          );
          if (code === "too-late-to-abort") await cutover(foreign.run(to, bob));
          const open = await foreign.openSides();
          expect([remaining, verb, open]).toEqual([remaining, verb, [verb === "finish" ? to : (open[0] ?? "none")]]);
        }
        if (deaths === 0) break;
      }
    },
  );
});

it("an unlock of the right ID by another process is not refused, and one of a free lock neither", async () => {
  const foreign = await Foreign.start(wholeInfo);
  await foreign.open().lock(lockOf("6f1c", "ci@runner-7"));
  await foreign.open().unlock("6f1c");
  expect(foreign.server.lock).toBeUndefined();
  await foreign.open().unlock("6f1c");
  expect(foreign.server.lock).toBeUndefined();
  await foreign.open().lock(lockOf("6f1c", "ci@runner-7"));
  expect(await codeOf(foreign.open().unlock("another"))).toBe("locked");
  expect(foreign.server.lock).toMatchObject({ id: "6f1c" });
});

it("a refusal that is one says what the server answered, and not that nothing was changed", async () => {
  const { server } = await Foreign.start(wholeInfo);
  const contract: HttpContract = {
    type: "http",
    address: server.address,
    lockAddress: `${server.address}/lock`,
    unlockAddress: `${server.address}/nowhere`,
    lockMethod: "POST",
    unlockMethod: "DELETE",
  };
  const store = new HttpStateStore({
    contract,
    environment: { TF_HTTP_USERNAME: "ann", TF_HTTP_PASSWORD: "glpat-secret" },
  });
  await store.lock(lockOf("6f1c"));
  const error = await store.unlock("6f1c").catch((caught: unknown) => caught);
  expect(error).toMatchObject({ problems: [{ code: "refused-by-server" }] });
  expect(error instanceof UserError ? error.message : "").toMatch(/answers 404/);
  expect(error instanceof UserError ? error.message : "").not.toMatch(/nothing was changed/i);
});

it("a server that answers 200 with nothing in it for no state can be gone to; left, it is told what it said and the way on", async () => {
  const foreign = await Foreign.start({ emptyWhereNoState: true }, "no state");
  await foreign.world.apply("s3", 7);
  expect(await cutover(foreign.run("http", { user: "ann" }))).toMatchObject({ moved: true });
  expect(foreign.server.state).toEqual(stateBytes(7));

  const empty = await Foreign.start({ emptyWhereNoState: true }, "no state");
  const error = await cutover(empty.run("s3", { user: "ann" })).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ problems: [{ code: "state-unavailable" }] });
  expect(error instanceof UserError ? error.message : "").toMatch(
    /answers 200 with nothing in it[^]*404 where there is none[^]*Where nothing was ever deployed there/,
  );
  await abortCutover(empty.run("s3", { user: "ann" }));
  expect(empty.server.lock).toBeUndefined();
});

/** How a seal or a lock of a move is lost on servers that others wrote. */
const losses: readonly (readonly [string, (server: GitLab) => Promise<void>])[] = [
  ["forgets its locks when it is started again", async (server) => server.restart()],
  [
    "takes an UNLOCK that names no ID",
    async ({ address }) => {
      const authorization = `Basic ${Buffer.from("ann:glpat-secret").toString("base64")}`;
      expect((await fetch(`${address}/lock`, { method: "DELETE", headers: { authorization } })).status).toBe(200);
    },
  ],
];

describe.each(losses)("a server that %s", (_name, lose) => {
  it("has its seal taken again in place, and can be gone back to without one", async () => {
    const foreign = await Foreign.start({});
    const ann: Checkout = { user: "ann@laptop" };
    await cutover(foreign.run("s3", ann));
    const seal = foreign.server.lock?.id;
    await lose(foreign.server);
    expect(await cutover(foreign.run("s3", ann))).toMatchObject({ moved: false });
    expect(foreign.server.lock?.id).toBe(seal);
    await lose(foreign.server);
    await foreign.world.apply("s3", 8);
    await cutover(foreign.run("http", ann));
    expect(foreign.server.state).toEqual(stateBytes(8));
    expect(await foreign.openSides()).toEqual(["http"]);
  });

  it("leaves one open copy wherever that happens in a move, and what is written then is moved, too", async () => {
    for (let remaining = 0; ; remaining += 1) {
      const foreign = await Foreign.start({});
      const ann: Checkout = { user: "ann@laptop" };
      const wasKilled = await cutover(foreign.run("s3", { ...ann }, { remaining, after: true })).then(
        () => false,
        (error: unknown) => {
          if (error instanceof Killed) return true;
          throw error;
        },
      );
      if (!wasKilled) break;
      if (foreign.server.lock === undefined) continue;
      await lose(foreign.server);
      const journal = await Journal.peek(foreign.world.bucket, stateKey);
      const isLate = journal !== undefined && hasReached(journal, "unlock the destination");
      // Whoever writes there once the other place may be open makes a fork, and that is told: left-places.test.ts.
      if (!isLate) foreign.server.state = stateBytes(8);
      const code = await codeOf(cutover(foreign.run("s3", ann)));
      if (code !== undefined) {
        // Between its read and its copy the move is refused, and undone; then it is another one.
        expect([remaining, code, await foreign.openSides()]).toEqual([remaining, "state-changed-meanwhile", ["http"]]);
        await cutover(foreign.run("s3", ann));
      }
      expect([remaining, await foreign.openSides()]).toEqual([remaining, ["s3"]]);
      if (!isLate) expect((await foreign.world.authorityOf("s3").read())?.serial).toBe(8);
    }
  });
});
