import { writeFileSync } from "node:fs";
import { z } from "zod";
import { startMinio } from "../../../lab/s3/minio";
import { type S3Server } from "../../../lab/s3/s3-server";
import { formatProblem } from "../../../lib/errors";
import { startForeign } from "./foreign";
import { type Outcome, RealWorld, stateText } from "./real";
import { type Refusal } from "./refusal";
import { refusedCheckouts, refusedMoves } from "./refusals-of-checkouts";
import { refusedDoors, refusedLocks } from "./refusals-of-doors";
import { refusedStates } from "./refusals-of-states";
import { Room } from "./room";

/** Every refusal of the shipped command, with real servers: what it says, and that nothing is another one afterwards. */
const kinds: Readonly<Record<string, readonly Refusal[]>> = {
  "the state": refusedStates,
  "a lock": refusedLocks,
  "a door": refusedDoors,
  "another move": refusedMoves,
  "the checkout": refusedCheckouts,
};
const all = Object.values(kinds).flat();

let minio: S3Server;
let world: RealWorld;
beforeAll(async () => {
  minio = await startMinio();
  world = await RealWorld.start(minio, {
    environments: ["spare", "moved", "edited", "dead", ...all.map((_refusal, index) => `e${index}`)],
  });
});
afterAll(async () => {
  world.stop();
  await minio.stop();
});

const problem = z.strictObject({
  code: z.string(),
  what: z.string(),
  expected: z.string(),
  remedy: z.string(),
  file: z.string().optional(),
  line: z.number().optional(),
  key: z.string().optional(),
  lock: z.string().optional(),
});
const document = z.strictObject({
  ok: z.literal(false),
  checks: z.array(z.unknown()).optional(),
  problems: z.tuple([problem]),
});
const progress = /^(checks: .+|note: .+|step \d of 9: .+|going on with the .+|undoing the .+)\n/gm;

/** One document on stdout, and beside the progress one message on stderr: that problem, with all that an operator needs. */
function requireOne(room: Room, { code, says }: Refusal, { code: exit, stdout, stderr }: Outcome): void {
  expect({ exit, stderr }).toEqual({ exit: 1, stderr: expect.any(String) });
  const [found] = document.parse(JSON.parse(stdout)).problems;
  expect(stderr.replace(progress, "")).toBe(`${formatProblem(found)}\n`);
  expect(found).toMatchObject({ code });
  for (const part of says) expect(stderr).toMatch(part);
  for (const secret of room.secrets) expect(stdout + stderr).not.toContain(secret);
  expect(stdout + stderr).not.toMatch(/^\s+at |mistake of ours|undefined|\[object/m);
}

describe.each(Object.entries(kinds))("is refused for %s", (_kind, refusals) => {
  it.each(refusals)("$name", async (refusal) => {
    const room = new Room(world.in(`e${all.indexOf(refusal)}`));
    try {
      await refusal.prepare(room);
      const before = await room.look();
      const args = ["cutover", "arc-runners", ...(refusal.args ?? ["--to", "s3"]), "--json"];
      if (refusal.dryRun === true) requireOne(room, refusal, await room.flywheel(...args, "--dry-run"));
      const outcome = await room.flywheel(...args);
      if (process.env["SHOW"] !== undefined) process.stdout.write(`\n### ${refusal.name}\n${outcome.stderr}`);
      requireOne(room, refusal, outcome);
      expect(await room.look()).toEqual(before);
    } finally {
      await room.close();
    }
  });
});

it("a user who may read and not lock is refused, and leaves nothing", async () => {
  const room = new Room(world.in("spare"));
  const foreign = await startForeign(stateText(3), 403);
  try {
    room.configure(/address: "[^"]*"/, `address: "${foreign.address}"`);
    const before = await room.look();
    const { code, stderr } = await room.flywheel("cutover", "arc-runners", "--to", "s3");
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/http:\S+ answers 403[^]*TF_HTTP_USERNAME is ann: check it and TF_HTTP_PASSWORD/),
    });
    expect(stderr).not.toContain("could not be given back");
    expect(await room.look()).toEqual(before);
    expect(foreign.asked).not.toContain("PUT");
  } finally {
    await foreign.close();
  }
});

it("a ledger whose blocks for a moved state were removed is repaired as the refusal says, and the state can be moved on", async () => {
  const room = new Room(world.in("moved"));
  await room.live("http");
  expect(await room.flywheel("cutover", "arc-runners", "--to", "s3")).toMatchObject({ code: 0 });
  writeFileSync(room.world.clone.ledgerFile, "states: []\n");
  expect(await room.flywheel("register", "arc-runners", "--repair")).toMatchObject({ code: 0 });
  expect(room.world.clone.entry).toMatchObject({ backend: "s3", generation: 2, serial: 3 });
  expect(await room.flywheel("cutover", "arc-runners", "--to", "http")).toMatchObject({ code: 0 });
});

it.each([
  ["an unknown side", ["arc-runners", "--to", "nowhere"], /choices are http, s3/i],
  ["no stack", ["--to", "s3"], /missing required argument 'id'/],
  [
    "a dry run of an abort, which would undo",
    ["arc-runners", "--to", "s3", "--abort", "--dry-run"],
    /'--abort' cannot be used with option '--dry-run'/,
  ],
])("wrong use ends with 2, and without --json stdout is empty: %s", async (_name, args, says) => {
  const { code, stdout, stderr } = await new Room(world.in("spare")).flywheel("cutover", ...args);
  expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: "", stderr: expect.stringMatching(says) });
});

it("a dead run's lock at the destination is given back by its ID, and the move is made", async () => {
  const room = new Room(world.in("dead"));
  await room.live("http");
  await room.lock("s3");
  const { stderr } = await room.flywheel("cutover", "arc-runners", "--to", "s3");
  const typed = /flywheel (unlock \S+ \S+),/.exec(stderr)?.[1] ?? "";
  expect(await room.flywheel(...typed.split(" "))).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/given back, at s3:/),
  });
  expect(await room.flywheel(...typed.split(" "))).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/arc-runners is not locked/),
  });
  expect(await room.flywheel("cutover", "arc-runners", "--to", "s3")).toMatchObject({ code: 0 });
});

it("an organization.yaml with changes is told, and no reason to refuse", async () => {
  const room = new Room(world.in("edited"));
  await room.live("http");
  room.commit();
  room.configure("name: x", "name: y");
  expect(await room.flywheel("cutover", "arc-runners", "--to", "s3", "--dry-run")).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/^note: \S+organization\.yaml has changes that are not committed/m),
  });
});

it("a refusal without --json leaves stdout empty", async () => {
  const room = new Room(world.in("spare"));
  expect(await room.flywheel("cutover", "arc-runners", "--to", "http")).toMatchObject({
    code: 1,
    stdout: "",
    stderr: expect.stringMatching(/there is no state at s3:/),
  });
});
