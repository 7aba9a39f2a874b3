import { z } from "zod";
import { startMinio } from "../../../lab/s3/minio";
import { type S3Server } from "../../../lab/s3/s3-server";
import { seeded } from "../../../lab/faults/random";
import { findEngine } from "../../support/engines";
import { type Clone, RealWorld } from "./real";

/**
 * kill -9 of the real command at its steps, resumed by the same clone or by another one, while an engine applies through either door
 * the whole time. Each step once, in alternating directions; FLYWHEEL_LONG=1: each step in both, and twenty random instants.
 */
jest.setTimeout(60 * 60_000);

const isLong = process.env["FLYWHEEL_LONG"] === "1";
let minio: S3Server;
let world: RealWorld;
beforeAll(async () => {
  minio = await startMinio();
  world = await RealWorld.start(minio);
});
afterAll(async () => {
  world.stop();
  await minio.stop();
});

/** Types the command again while somebody's apply holds the lock, which it does nearly all the time. @throws its refusal otherwise. */
async function insist(clone: Clone, to: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const outcome = await clone.flywheel("cutover", "arc-runners", "--to", to);
    if (outcome.code === 0) return;
    if (tries === 100 || !/is locked by/.test(outcome.stderr)) throw new Error(`try ${tries}: ${outcome.stderr}`);
  }
}

/** Applies through one door until it is stopped; what was accepted, by value. */
function applyLoop(run: Awaited<ReturnType<RealWorld["engineFolder"]>>, door: string): () => Promise<string[]> {
  const accepted: string[] = [];
  let stopping = false;
  const running = (async () => {
    for (let count = 1; !stopping; count += 1) {
      const value = `${door}-${count}`;
      const { code, output } = await run("apply", "-auto-approve", "-no-color", `-var=value=${value}`);
      if (code === 0) accepted.push(value);
      else if (!/state lock/.test(output)) throw new Error(output);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  })();
  return async () => {
    stopping = true;
    await running;
    return accepted;
  };
}

const outputs = z.object({
  outputs: z.object({ value: z.object({ value: z.string() }), chain: z.object({ value: z.array(z.string()) }) }),
});

/** What the live place's state says: the value that was applied last, and all that were applied before it. */
async function liveOutputs(isOnS3: boolean): Promise<{ value: string; chain: readonly string[] }> {
  const text = isOnS3
    ? await world.inBucket(async (state) => (await state.read())?.bytes.toString() ?? "")
    : (await world.get()).body;
  const { value, chain } = outputs.parse(JSON.parse(text)).outputs;
  return { value: value.value, chain: chain.value };
}

it("is finished by anybody, wherever it is killed, and no accepted write is lost", async () => {
  const engine = findEngine().path;
  await world.put(1);
  const [http, s3] = [
    await world.engineFolder(engine, "http", "chain"),
    await world.engineFolder(engine, "s3", "chain"),
  ];
  expect(await http("apply", "-auto-approve", "-no-color")).toMatchObject({ code: 0 });
  const ann = world.clone;
  await ann.flywheel("register", "arc-runners");
  const lineage = ann.entry?.lineage;
  // A client that is at an empty place would begin a state of its own there: both loops start once both places have been used.
  expect(await ann.flywheel("cutover", "arc-runners", "--to", "s3")).toMatchObject({ code: 0 });
  const random = seeded(6);
  const steps = [1, 2, 3, 4, 5, 6, 7, 8, 9].flatMap((step) => (isLong ? [step, step] : [step]));
  const moments: (number | undefined)[] = [...steps, ...(isLong ? Array.from({ length: 20 }, () => undefined) : [])];
  const loops = [applyLoop(http, "http"), applyLoop(s3, "s3")];
  let serial = ann.entry?.serial ?? 0;
  let accepted: readonly string[];
  try {
    for (const [index, step] of moments.entries()) {
      const to = ann.entry?.backend === "http" ? "s3" : "http";
      const bob = ann.copy({ HOME: "/nonexistent", USER: "bob" });
      if (step === undefined) {
        const { child, ended } = ann.start("cutover", "arc-runners", "--to", to);
        setTimeout(() => child.kill("SIGKILL"), 400 + random() * 3000);
        await ended;
      } else await ann.killedAt(new RegExp(`step ${step} of 9`), "cutover", "arc-runners", "--to", to);
      const finisher = index % 2 === 0 ? bob : ann;
      await insist(finisher, to);
      ann.pull(finisher);
      expect(ann.entry).toMatchObject({ backend: to, lineage });
      expect(ann.entry?.serial).toBeGreaterThanOrEqual(serial);
      serial = ann.entry?.serial ?? 0;
    }
    // Two at once: one goes on, the other is told, and the move is made once.
    const to = ann.entry?.backend === "http" ? "s3" : "http";
    const bob = ann.copy();
    await Promise.all([
      ann.flywheel("cutover", "arc-runners", "--to", to),
      bob.flywheel("cutover", "arc-runners", "--to", to),
    ]);
    const cleo = ann.copy();
    await insist(cleo, to);
    ann.pull(cleo);
    expect(ann.entry).toMatchObject({ backend: to, lineage });
  } finally {
    accepted = (await Promise.all(loops.map((stop) => stop()))).flat();
  }
  expect(accepted.length).toBeGreaterThan(0);
  const isOnS3 = ann.entry?.backend === "s3";
  const [live, left] = isOnS3 ? [s3, http] : [http, s3];
  const before = await liveOutputs(isOnS3);
  // Each accepted write is in the live state or was in one that it grew out of, once; and nobody's came after the last of them.
  expect(accepted.filter((value) => before.chain.filter((one) => one === value).length !== 1)).toEqual([]);
  expect(accepted).toContain(before.value);
  expect(before.chain.at(-1)).toBe(before.value);
  expect(await live("apply", "-auto-approve", "-no-color", "-var=value=last")).toMatchObject({ code: 0 });
  expect(await liveOutputs(isOnS3)).toEqual({ value: "last", chain: [...before.chain, "last"] });
  expect((await left("apply", "-auto-approve", "-no-color", "-var=value=stale")).output).toContain("moved-to:");
});
