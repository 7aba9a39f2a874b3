import { abortCutover, cutover } from "../../../authority/cutover/cutover";
import { Journal } from "../../../authority/cutover/journal";
import { StoreConflict, StoreUnavailable } from "../../../authority/stores/object-store";
import { UserError } from "../../../lib/errors";
import { codeOf } from "../../support/code-of";
import { type Checkout, type Death, Killed, lockOf, serverKey, stateBytes, stateKey, World } from "./world";

describe("a cutover", () => {
  it("moves the bytes, seals the source and records the new place", async () => {
    const world = new World();
    await world.apply("http", 7);
    const ann: Checkout = { user: "ann@laptop" };
    const result = await cutover(world.run("s3", ann));
    expect(result).toMatchObject({
      moved: true,
      sameObject: false,
      entry: { backend: "s3", location: `s3://tofu-state/${stateKey}`, serial: 7, lineage: "lineage-1", generation: 1 },
    });
    expect((await world.authorityOf("s3").read())?.bytes).toEqual(stateBytes(7));
    expect(await world.openSides()).toEqual(["s3"]);
    expect(await world.sealOf("http")).toBe(`s3://tofu-state/${stateKey}`);
    expect(ann.entry).toEqual(result.entry);
  });

  it("goes back, and lifts the seal", async () => {
    const world = new World();
    await world.apply("http", 7);
    const ann: Checkout = { user: "ann@laptop" };
    await cutover(world.run("s3", ann));
    await world.apply("s3", 8);
    await cutover(world.run("http", ann));
    expect(await world.openSides()).toEqual(["http"]);
    expect((await world.authorityOf("http").read())?.serial).toBe(8);
    expect(await world.sealOf("s3")).toBe("https://state.example/state/attic-dev");
    expect(ann.entry).toMatchObject({ backend: "http", serial: 8, generation: 2 });
  });

  it("moves nothing where both doors lead to one object", async () => {
    const world = new World();
    await world.apply("s3", 3);
    const ann: Checkout = { user: "ann@laptop" };
    const options = world.run("s3", ann);
    const door = { ...options.source, state: world.authorityOf("s3") };
    const result = await cutover({ ...options, source: door });
    expect(result).toMatchObject({ sameObject: true, entry: { backend: "s3", generation: 1 } });
    expect(await world.openSides()).toEqual(["s3"]);
    expect((await world.bucket.history(stateKey)).length).toBe(1);
  });

  it("tells a second checkout of a finished move, and moves nothing again", async () => {
    const world = new World();
    await world.apply("http", 7);
    await cutover(world.run("s3", { user: "ann@laptop" }));
    const bob: Checkout = { user: "bob@laptop" };
    expect(await cutover(world.run("s3", bob))).toMatchObject({ moved: false });
    expect(bob.entry).toMatchObject({ backend: "s3", generation: 1 });
  });

  it("refuses an empty source, another lineage, a newer destination and a locked place, and leaves everything as it was", async () => {
    const empty = new World();
    expect(await codeOf(cutover(empty.run("s3", { user: "ann" })))).toBe("empty-source");
    expect(await empty.lockOn("http")).toBeUndefined();

    const foreign = new World();
    await foreign.apply("http", 7);
    await foreign.bucket.create(stateKey, stateBytes(1, "lineage-2"));
    expect(await codeOf(cutover(foreign.run("s3", { user: "ann" })))).toBe("foreign-destination");
    expect(await foreign.openSides()).toEqual(["http", "s3"]);

    const newer = new World();
    await newer.apply("http", 7);
    await newer.bucket.create(stateKey, stateBytes(9));
    expect(await codeOf(cutover(newer.run("s3", { user: "ann" })))).toBe("newer-destination");

    const busy = new World();
    await busy.apply("http", 7);
    await busy.authorityOf("http").lock(lockOf("apply", "ci@runner"));
    expect(await codeOf(cutover(busy.run("s3", { user: "ann" })))).toBe("locked");
    expect((await busy.lockOn("http"))?.ID).toBe("apply");
    await busy.authorityOf("http").unlock("apply");
    expect(await codeOf(cutover(busy.run("s3", { user: "ann" })))).toBeUndefined();
  });

  it("refuses a ledger of an earlier generation, and one that knows more than the source has", async () => {
    const world = new World();
    await world.apply("http", 7);
    const ann: Checkout = { user: "ann" };
    await cutover(world.run("s3", ann));
    await cutover(world.run("http", ann));
    const old: Checkout = {
      user: "bob",
      ...(ann.entry === undefined ? {} : { entry: { ...ann.entry, generation: 1 } }),
    };
    expect(await codeOf(cutover(world.run("s3", old)))).toBe("stale-checkout");
    const ahead: Checkout = {
      user: "bob",
      ...(ann.entry === undefined ? {} : { entry: { ...ann.entry, serial: 99 } }),
    };
    expect(await codeOf(cutover(world.run("s3", ahead)))).toBe("serial-behind-ledger");
  });

  it.each(["source", "destination"] as const)("leaves nothing where a user may only read the %s", async (side) => {
    const world = new World();
    await world.apply("http", 7);
    const options = world.run("s3", { user: "ann" });
    const no = () => Promise.reject(new UserError({ code: "not-allowed", what: "403" }));
    const { state } = options[side];
    const readOnly = { read: () => state.read(), write: no, delete: no, lock: no, unlock: no };
    expect(await codeOf(cutover({ ...options, [side]: { ...options[side], state: readOnly } }))).toBe("not-allowed");
    expect(await Journal.peek(world.bucket, stateKey)).toMatchObject({ state: "aborted" });
    expect(await world.openSides()).toEqual(["http"]);
    expect(await world.lockOn("s3")).toBeUndefined();
  });

  it("gives the source back also where the destination is out", async () => {
    const world = new World();
    await world.apply("http", 7);
    await expect(cutover(world.run("s3", { user: "ann" }, { remaining: 14, after: true }))).rejects.toThrow(Killed);
    expect(await world.openSides()).toEqual([]);
    const options = world.run("s3", { user: "bob" });
    const out = () => Promise.reject(new StoreUnavailable("s3", "is out"));
    await expect(
      abortCutover({
        ...options,
        destination: { ...options.destination, state: { read: out, write: out, delete: out, lock: out, unlock: out } },
      }),
    ).rejects.toThrow(StoreUnavailable);
    expect(await world.lockOn("http")).toBeUndefined();
    await abortCutover(options);
    expect(await world.openSides()).toEqual(["http"]);
  });

  it("stops the process that was taken over", async () => {
    const world = new World();
    await world.apply("http", 7);
    const death: Death = { remaining: 8, after: true };
    await expect(cutover(world.run("s3", { user: "ann" }, death))).rejects.toThrow(Killed);
    const stale = await Journal.takeOver(world.bucket, stateKey, "ann's process");
    await cutover(world.run("s3", { user: "bob" }));
    expect(await codeOf(stale.update({ step: "lock the destination" }))).toBe("cutover-taken-over");
    expect(await world.openSides()).toEqual(["s3"]);
  });
});

describe.each([
  ["to s3", "s3"],
  ["back to http", "http"],
] as const)("a cutover %s, killed at every operation", (_name, to) => {
  async function prepared(): Promise<{ world: World; checkout: Checkout; serial: number }> {
    const world = new World();
    const checkout: Checkout = { user: "ann@laptop" };
    await world.apply("http", 7);
    if (to === "s3") return { world, checkout, serial: 7 };
    await cutover(world.run("s3", checkout));
    await world.apply("s3", 8);
    return { world, checkout, serial: 8 };
  }

  it.each([false, true])("is finished by a second checkout (effect seen: %s)", async (after) => {
    let deaths = 0;
    for (let remaining = 0; ; remaining += 1) {
      const { world, checkout, serial } = await prepared();
      const before = { ...checkout };
      try {
        await cutover(world.run(to, checkout, { remaining, after }));
        break;
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
        deaths += 1;
      }
      expect((await world.openSides()).length).toBeLessThan(2);
      const bob: Checkout = { ...before, user: "bob@laptop" };
      await cutover(world.run(to, bob));
      expect(await world.openSides()).toEqual([to]);
      expect((await world.authorityOf(to).read())?.serial).toBe(serial);
      expect(bob.entry).toMatchObject({ backend: to, serial, lineage: "lineage-1" });
      await world.apply(to, serial + 1);
    }
    expect(deaths).toBeGreaterThan(20);
  });

  it.each([false, true])("is undone by --abort, or is too far for it (effect seen: %s)", async (after) => {
    const from = to === "s3" ? "http" : "s3";
    for (let remaining = 0; ; remaining += 1) {
      const { world, checkout, serial } = await prepared();
      const before = { ...checkout };
      try {
        await cutover(world.run(to, checkout, { remaining, after }));
        break;
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
      }
      const bob: Checkout = { ...before, user: "bob@laptop" };
      const code = await codeOf(abortCutover(world.run(to, bob)));
      if (code === "too-late-to-abort" || (code === "nothing-to-abort" && (await world.openSides()).includes(to)))
        continue;
      expect([undefined, "nothing-to-abort"]).toContain(code);
      expect(await world.openSides()).toEqual([from]);
      await world.apply(from, serial + 1);
    }
  });

  it("is undone by an abort that is itself killed at every operation", async () => {
    const from = to === "s3" ? "http" : "s3";
    for (const killedAt of [2, 6, 9, 12, 15, 18, 21, 24]) {
      for (let remaining = 0; ; remaining += 1) {
        const { world, checkout } = await prepared();
        const before = { ...checkout };
        await expect(cutover(world.run(to, checkout, { remaining: killedAt, after: true }))).rejects.toThrow(Killed);
        const first: Checkout = { ...before, user: "bob" };
        const outcome = await codeOf(
          abortCutover(world.run(to, first, { remaining, after: true })).catch((error: unknown) =>
            error instanceof Killed
              ? Promise.reject(new UserError({ code: "interrupted", what: "" }))
              : Promise.reject(error),
          ),
        );
        if (outcome !== "interrupted") break;
        expect((await world.openSides()).length).toBeLessThan(2);
        const again = await codeOf(abortCutover(world.run(to, { ...before, user: "cleo" })));
        expect(["nothing-to-abort", undefined]).toContain(again);
        expect(await world.openSides()).toEqual([from]);
      }
    }
  });
});

it("makes no version the live one that an earlier move left: whoever still removes that one hits nothing", async () => {
  const world = new World();
  await world.apply("http", 7);
  await world.bucket.create(stateKey, stateBytes(7));
  const left = await world.bucket.read(stateKey);
  await cutover(world.run("s3", { user: "ann" }));
  await expect(world.bucket.remove(stateKey, left?.version ?? "")).rejects.toThrow(StoreConflict);
  expect((await world.authorityOf("s3").read())?.bytes).toEqual(stateBytes(7));
});

it("keeps what it replaces and what it moves", async () => {
  const world = new World();
  await world.apply("http", 7);
  await world.bucket.create(stateKey, stateBytes(3));
  await cutover(world.run("s3", { user: "ann" }));
  const record = await Journal.peek(world.bucket, stateKey);
  const backup = `.flywheel/backups/attic-dev/${record?.id ?? ""}`;
  expect((await world.bucket.read(`${backup}.source.tfstate`))?.bytes).toEqual(stateBytes(7));
  expect((await world.bucket.read(`${backup}.destination.tfstate`))?.bytes).toEqual(stateBytes(3));
  expect(await world.server.read(serverKey)).toBeDefined();
});

describe("a source whose lock was broken between copy and seal, and that was written then", () => {
  /** A world whose move was killed when its journal said `step`, at the first operation where that is so. */
  async function killedIn(step: string): Promise<World> {
    for (let remaining = 0; remaining < 200; remaining += 1) {
      const world = new World();
      await world.apply("http", 7);
      await cutover(world.run("s3", { user: "ann" }, { remaining, after: true })).catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error;
      });
      if ((await Journal.peek(world.bucket, stateKey))?.step === step) return world;
    }
    throw new Error(`no operation leaves the journal in "${step}"`);
  }

  /** Killed at this step, the source's lock broken by hand, serial 8 applied there; then run again up to an operation. */
  async function broken(diesAgainAt: number): Promise<World> {
    const world = await killedIn("seal the source");
    await world.authorityOf("http").unlock((await world.lockOn("http"))?.ID);
    await world.apply("http", 8);
    await cutover(world.run("s3", { user: "ann" }, { remaining: diesAgainAt, after: true })).catch((error: unknown) => {
      if (!(error instanceof Killed)) throw error;
    });
    return world;
  }

  it("is undone to one open copy, wherever the second reading was killed", async () => {
    let undone = 0;
    for (let at = 0; at < 40; at += 1) {
      const world = await broken(at);
      const code = await codeOf(abortCutover(world.run("s3", { user: "bob" })));
      if (code !== undefined) continue;
      undone += 1;
      expect([at, await world.openSides()]).toEqual([at, ["http"]]);
      expect((await world.authorityOf("http").read())?.serial).toBe(8);
    }
    expect(undone).toBeGreaterThan(15);
  });

  it("is moved as it is now, and both of what was read is kept", async () => {
    const world = await broken(0);
    await cutover(world.run("s3", { user: "bob" }));
    expect(await world.openSides()).toEqual(["s3"]);
    expect((await world.authorityOf("s3").read())?.serial).toBe(8);
    const record = await Journal.peek(world.bucket, stateKey);
    const backup = `.flywheel/backups/attic-dev/${record?.id ?? ""}.source`;
    const newer = record?.moved?.sha256.slice(0, 16) ?? "";
    expect((await world.bucket.read(`${backup}.tfstate`))?.bytes).toEqual(stateBytes(7));
    expect((await world.bucket.read(`${backup}.${newer}.tfstate`))?.bytes).toEqual(stateBytes(8));
  });
});

it("refuses a journal that a newer program wrote, in words", async () => {
  const world = new World();
  await world.apply("http", 7);
  await world.bucket.create(`${stateKey}.cutover`, Buffer.from('{"version": 3, "step": "fly"}'));
  expect(await codeOf(cutover(world.run("s3", { user: "ann" })))).toBe("journal-newer");
  expect(await world.lockOn("http")).toBeUndefined();
});
