import { writeFileSync } from "node:fs";
import { send } from "../support";
import { startGitLab } from "../stores/gitlab";
import { findEngines } from "../../support/engines";
import { stateText } from "./real";
import { worldsOverMinio } from "./worlds";

/** The shipped command line, real servers, real engines. */
jest.setTimeout(8 * 60_000);

const start = worldsOverMinio();

describe.each(findEngines())("with $name", ({ path }) => {
  it("moves a state there and back; a client of the old place is told so, one of the new place plans nothing", async () => {
    const world = await start();
    const { clone } = world;
    const [http, s3] = [await world.engineFolder(path, "http"), await world.engineFolder(path, "s3")];
    expect(await http("apply", "-auto-approve", "-no-color")).toMatchObject({ code: 0 });
    expect(await clone.flywheel("register", "arc-runners")).toMatchObject({ code: 0 });
    const registered = clone.entry;
    const before = clone.organization;

    expect(await clone.flywheel("cutover", "arc-runners", "--to", "s3")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/the same before and after/),
    });
    const moved = clone.entry;
    expect(moved).toMatchObject({
      backend: "s3",
      lineage: registered?.lineage,
      serial: registered?.serial,
      generation: 2,
      sealed: { location: world.address },
    });
    for (const command of [["plan"], ["apply", "-auto-approve"], ["plan", "-var=value=other"]]) {
      const refused = await http(...command, "-no-color");
      expect(refused).toMatchObject({ code: 1, output: expect.stringMatching(/Error acquiring the state lock/) });
      expect(refused.output).toContain(`moved-to:s3://${world.minio.bucket}/${world.key}`);
    }
    expect(await s3("plan", "-no-color", "-detailed-exitcode")).toMatchObject({ code: 0 });
    expect(await s3("apply", "-auto-approve", "-no-color", "-var=value=second")).toMatchObject({ code: 0 });
    expect(await clone.flywheel("check", "arc-runners", "--json")).toMatchObject({
      stdout: expect.stringMatching(/"name": "arc-runners: seal",\s+"status": "ok"/),
    });

    expect(await clone.flywheel("cutover", "arc-runners", "--to", "http")).toMatchObject({ code: 0 });
    expect(clone.entry).toMatchObject({ backend: "http", lineage: registered?.lineage, generation: 3 });
    expect(clone.entry?.serial).toBeGreaterThan(moved?.serial ?? Infinity);
    expect(clone.organization).toBe(before);
    const refused = await s3("apply", "-auto-approve", "-no-color", "-var=value=third");
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.output).toContain(`moved-to:${world.address}`);
    expect(await http("plan", "-no-color", "-detailed-exitcode", "-var=value=second")).toMatchObject({ code: 0 });
  });
});

it("leaves legacy.gitlab for either side, seals it with the lock that it keeps, and lifts the seal only on the way back", async () => {
  const gitlab = await startGitLab();
  try {
    gitlab.state = Buffer.from(stateText(12));
    const world = await start({ legacy: gitlab.address });
    const { clone } = world;
    expect(await clone.flywheel("cutover", "arc-runners", "--to", "s3", "--from", "legacy.gitlab")).toMatchObject({
      code: 0,
    });
    expect(gitlab.lock?.id).toBe(clone.entry?.sealed?.lock);
    expect(gitlab.lock?.id).toContain("moved-to:s3://");
    expect(await world.inBucket(async (state) => (await state.read())?.serial)).toBe(12);
    // The same command again, as after a lost terminal.
    expect(
      await clone.flywheel("cutover", "arc-runners", "--to", "s3", "--from", "legacy.gitlab", "--json"),
    ).toMatchObject({ code: 0, stdout: expect.stringMatching(/"moved": false/) });
    // From there to http: GitLab's seal stays.
    expect(await clone.flywheel("cutover", "arc-runners", "--to", "http")).toMatchObject({ code: 0 });
    expect(JSON.parse((await world.get()).body)).toMatchObject({ serial: 12, lineage: "lineage-1" });
    expect(gitlab.lock).toBeDefined();
  } finally {
    await gitlab.close();
  }
});

it("moves between two doors of one object without copying: the object's version stays the same", async () => {
  const world = await start({ store: "s3" });
  await world.put(3);
  const { clone } = world;
  await clone.flywheel("register", "arc-runners");
  const versions = () => world.inBucket(async (_state, store) => (await store.history(world.key)).map(({ id }) => id));
  const before = await versions();
  expect(await clone.flywheel("cutover", "arc-runners", "--to", "s3")).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/both backends lead to that object/),
  });
  expect(await clone.flywheel("cutover", "arc-runners", "--to", "http", "--json")).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/"same_object": true/),
  });
  expect(await versions()).toEqual(before);
  expect(clone.entry).toMatchObject({ backend: "http", generation: 3 });
  expect(clone.entry?.sealed).toBeUndefined();
  await world.put(4);
});

it("--dry-run prints the steps and changes nothing; --json is one document; comments stay byte for byte", async () => {
  const world = await start();
  await world.put(3);
  const { clone } = world;
  await clone.flywheel("register", "arc-runners");
  const [organization, ledger] = [clone.organization, clone.ledger];
  const dry = await clone.flywheel("cutover", "arc-runners", "--to", "s3", "--dry-run");
  expect(dry).toMatchObject({ code: 0, stdout: expect.stringMatching(/step 9 of 9: close the journal/) });
  expect([clone.organization, clone.ledger]).toEqual([organization, ledger]);
  expect(await world.inBucket((_state, store) => store.read(`${world.key}.cutover`))).toBeUndefined();
  await world.put(4);

  const moved = await clone.flywheel("cutover", "arc-runners", "--to", "s3", "--json");
  expect(JSON.parse(moved.stdout)).toMatchObject({ ok: true, moved: true, same_object: false, entry: { serial: 4 } });
  expect(clone.organization).toBe(`${organization}  stacks:\n    arc-runners:\n      dev: s3\n`);

  const commented = clone.ledger
    .replace("  - stack", "  # the runners: ask Ann\n  - stack")
    .replace(/generation: 2/, "generation: 2 # moved for issue 6");
  writeFileSync(clone.ledgerFile, commented);
  expect(await clone.flywheel("cutover", "arc-runners", "--to", "http")).toMatchObject({ code: 0 });
  expect(clone.organization).toBe(organization);
  expect(clone.ledger).toContain("  # the runners: ask Ann\n  - stack");

  // A refusal, too, is one document.
  const refused = await clone.flywheel("cutover", "arc-runners", "--to", "s3", "--abort", "--json");
  expect(refused.code).toBe(1);
  expect(JSON.parse(refused.stdout)).toMatchObject({ ok: false });
});

it("unlock refuses the seal and a running cutover's lock, check tests the seal, --abort undoes", async () => {
  const world = await start();
  await world.put(3);
  const { clone } = world;
  await clone.flywheel("register", "arc-runners");
  const old = clone.copy();
  expect(await clone.killedAt(/step 5 of 9/, "cutover", "arc-runners", "--to", "s3")).toMatchObject({ code: null });
  const status = await old.flywheel("status", "--json");
  expect(status.stdout).toMatch(/cutover by .*step [45] of 9/);
  expect(await old.flywheel("cutover", "arc-runners", "--to", "s3", "--abort")).toMatchObject({ code: 0 });
  await world.put(4);

  expect(await clone.flywheel("cutover", "arc-runners", "--to", "s3")).toMatchObject({ code: 0 });
  const seal = clone.entry?.sealed?.lock ?? "";
  for (const who of [clone, old]) {
    const refused = await who.flywheel("unlock", "arc-runners", seal);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/seal of a cutover|has moved/)]);
  }
  expect((await clone.flywheel("check", "arc-runners")).stdout).toMatch(/ok +arc-runners: seal/);
  // Somebody breaks the seal by hand: check says so.
  expect(
    await send("DELETE", `${world.address}/lock`, { auth: "ann:secret", body: JSON.stringify({ ID: seal }) }),
  ).toMatchObject({ status: 200 });
  expect(await clone.flywheel("check", "arc-runners")).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/FAILED +arc-runners: seal .*can be locked again/),
  });
});
