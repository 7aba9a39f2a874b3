import { checkMove } from "../../../authority/check/move";
import { UserError } from "../../../lib/errors";
import { World } from "./world";

/** The lines for both ends of a move, in memory: one code each, and none where nothing is wrong. */
async function failures(
  world: World,
  extra: Partial<Parameters<typeof checkMove>[0]> = {},
): Promise<readonly string[]> {
  const lines = await checkMove({
    ...world.run("s3", { user: "ann" }),
    stateName: "attic-dev",
    unknownAddresses: () => Promise.resolve([]),
    ...extra,
  });
  return lines.flatMap(({ problems = [] }) => problems.map(({ code }) => code));
}

async function worldAt(serial: number): Promise<World> {
  const world = new World();
  await world.apply("http", serial);
  return world;
}

it("holds for an empty destination, and for an older copy there", async () => {
  const world = await worldAt(7);
  expect(await failures(world)).toEqual([]);
  await world.apply("s3", 6);
  expect(await failures(world)).toEqual([]);
});

it("names an empty source and a newer destination as the move does", async () => {
  expect(await failures(new World())).toEqual(["empty-source"]);
  const world = await worldAt(7);
  await world.apply("s3", 8);
  expect(await failures(world)).toEqual(["newer-destination"]);
});

it("names a state that is behind its newest backup", async () => {
  const world = await worldAt(7);
  const backup = (serial: number) => ({ newestBackup: () => Promise.resolve({ lineage: "lineage-1", serial }) });
  expect(await failures(world, backup(7))).toEqual([]);
  expect(await failures(world, backup(8))).toEqual(["serial-behind-backup"]);
});

it("finds a place that cannot be read, and goes on to the others", async () => {
  const world = await worldAt(7);
  const { source, destination } = world.run("s3", { user: "ann" });
  const read = () => Promise.reject(new UserError({ code: "store-unavailable", what: "out" }));
  const out = { read, write: read, lock: read, unlock: read, delete: read };
  expect(await failures(world, { destination: { ...destination, state: out } })).toEqual(["store-unavailable"]);
  expect(await failures(world, { source: { ...source, state: out } })).toEqual(["store-unavailable"]);
});

it("takes a program that cannot be made for no reason to stay", async () => {
  const world = await worldAt(7);
  expect(
    await failures(world, {
      unknownAddresses: () => Promise.reject(new UserError({ code: "unknown-address", what: "no such address" })),
    }),
  ).toEqual([]);
});
