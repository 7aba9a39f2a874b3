import { readFileSync } from "node:fs";
import { join } from "node:path";
import { abortCutover, cutover } from "../../../authority/cutover/cutover";
import { type CutoverOptions } from "../../../authority/cutover/move";
import { type MemoryStore } from "../../../authority/stores/memory";
import { type LedgerEntry } from "../../../lib/config/ledger";
import { codeOf } from "../../support/code-of";
import { type Checkout, World } from "./world";

/**
 * What moves left that were killed at each of their steps, as the program before the journal's version 2 wrote it: both servers whole. A line
 * each in journals/version-1.jsonl, recorded by that program; never written again.
 */
interface Recorded {
  readonly move: "to s3" | "to http" | "same object";
  readonly state: "running" | "aborting";
  /** How many of the nine steps were done. */
  readonly step: number;
  readonly effect: "not begun" | "done, and not told";
  readonly ledger?: LedgerEntry;
  readonly server: Readonly<Record<string, string>>;
  readonly bucket: Readonly<Record<string, string>>;
}

const recorded = readFileSync(join(__dirname, "journals", "version-1.jsonl"), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as Recorded) // recorded by ourselves
  .map((one) => ({ ...one, name: `${one.move}, ${one.state}, ${one.step} of 9 done, the next ${one.effect}` }));
const running = recorded.filter(({ state }) => state === "running");

async function fill(store: MemoryStore, objects: Readonly<Record<string, string>>): Promise<void> {
  for (const [key, text] of Object.entries(objects)) await store.create(key, Buffer.from(text));
}

/** The world as it was left, and a second user's command in it. */
async function left({ move, ledger, server, bucket }: Recorded): Promise<{
  world: World;
  bob: Checkout;
  options: () => CutoverOptions;
}> {
  const world = new World();
  await fill(world.server, server);
  await fill(world.bucket, bucket);
  const bob: Checkout = { user: "bob@laptop", ...(ledger === undefined ? {} : { entry: ledger }) };
  const options = (): CutoverOptions => {
    const run = world.run(move === "to http" ? "http" : "s3", bob);
    return move === "same object" ? { ...run, source: { ...run.source, state: world.authorityOf("s3") } } : run;
  };
  return { world, bob, options };
}

const serialOf = ({ move }: Recorded) => (move === "to http" ? 8 : 7);

it("there is one for every step of every kind of move", () => {
  for (const move of ["to s3", "to http", "same object"])
    for (let step = 0; step < 9; step += 1)
      expect([move, step, running.filter((one) => one.move === move && one.step === step).length]).toEqual([
        move,
        step,
        2,
      ]);
});

it.each(running)("is finished: $name", async (one) => {
  const { world, bob, options } = await left(one);
  const to = one.move === "to http" ? "http" : "s3";
  await cutover(options());
  expect(await world.openSides()).toEqual([to]);
  expect(bob.entry).toMatchObject({ backend: to, serial: serialOf(one), lineage: "lineage-1" });
  expect((await world.authorityOf(to).read())?.serial).toBe(serialOf(one));
  expect((await world.sealOf(to === "s3" ? "http" : "s3")) !== undefined).toBe(one.move !== "same object");
  // The same command again hears that it is there.
  expect(await cutover(options())).toMatchObject({ moved: false });
  await world.apply(to, serialOf(one) + 1);
});

it.each(recorded)("is undone, or is too far for it: $name", async (one) => {
  const { world, options } = await left(one);
  const code = await codeOf(abortCutover(options()));
  // From step 8 on the destination may be open.
  expect(code).toBe(one.step >= 7 ? "too-late-to-abort" : undefined);
  if (code !== undefined) return;
  const from = one.move === "to s3" ? "http" : "s3";
  expect(await world.openSides()).toEqual([from]);
  await world.apply(from, serialOf(one) + 1);
});
