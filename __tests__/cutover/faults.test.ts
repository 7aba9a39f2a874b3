import { plants } from "../../bench/faults/plants";
import { faultRun } from "../../bench/faults/run";
import { type Ground, openGround } from "../../bench/faults/world";

/** The short profile of `node bin/faults.cjs`: the real stores against MinIO through a proxy that breaks things, by seed. */
jest.setTimeout(10 * 60_000);

let ground: Ground;
beforeAll(async () => {
  ground = await openGround(() => undefined);
});
afterAll(() => ground.close());

it("keeps every invariant over a dozen seeds", async () => {
  const seeds = Array.from({ length: 12 }, (_, index) => 300 + index);
  for (let start = 0; start < seeds.length; start += 4) {
    const results = await Promise.all(seeds.slice(start, start + 4).map((seed) => faultRun(ground, seed)));
    expect(results.filter(({ violations }) => violations.length > 0)).toEqual([]);
  }
});

// The others the steps themselves make good: before the seal the source is read again under its lock.
it.each(plants.slice(0, 2))("finds a planted bug: %s", async (plant) => {
  for (let seed = 300; seed < 330; seed += 3) {
    const results = await Promise.all([seed, seed + 1, seed + 2].map((one) => faultRun(ground, one, plant)));
    if (results.some(({ violations }) => violations.length > 0)) return;
  }
  throw new Error("30 runs with this bug, and no violation");
});
