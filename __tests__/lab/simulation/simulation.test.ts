import { exploreAll, exploreSeeds } from "../../../lab/simulation/explore";
import { runSeed } from "../../../lab/simulation/run";
import { scenario, type Scenario } from "../../../lab/simulation/scenario";

/** Random schedules of the short profile, and of the long one. A million of them: bench/simulation.ts. */
const schedules = process.env["FLYWHEEL_LONG"] === "1" ? 2000 : 600;

/** A failing seed: `node bin/simulate.cjs --seed N --trace`. */
describe("the shipped authority", () => {
  it("keeps every invariant under random schedules", async () => {
    const { runs, failure } = await exploreSeeds(1, schedules);
    expect([failure?.seed, failure?.outcome.violations]).toEqual([undefined, undefined]);
    expect(runs).toBe(schedules);
  });

  const whole: readonly (readonly [string, Scenario])[] = [
    ["to s3", scenario("two places", "http", ["engine", "cutover to s3", "abort"], 1)],
    ["back to http", scenario("two places", "s3", ["engine", "cutover to http", "abort"], 1)],
    ["one object", scenario("one object", "http", ["engine", "engine", "cutover to s3"], 1)],
  ];
  it.each(whole)("keeps them in every schedule with one switch or fault, %s", async (_name, where) => {
    const { runs, failure } = await exploreAll(where, { depth: 400, deviations: 1 });
    expect([failure?.decisions, failure?.outcome.violations]).toEqual([undefined, undefined]);
    expect(runs).toBeGreaterThan(100);
  });

  it("keeps them in every schedule with two, among the first 24 decisions", async () => {
    const { runs, failure } = await exploreAll(scenario("two places", "http", ["cutover to s3", "abort"], 1), {
      depth: 24,
      deviations: 2,
    });
    expect([failure?.decisions, failure?.outcome.violations]).toEqual([undefined, undefined]);
    expect(runs).toBeGreaterThan(500);
  });
});

it("repeats a seed to the step", async () => {
  for (const seed of [3, 239, 3929]) {
    const first = await runSeed(seed, { trace: true });
    expect(first.trace.length).toBeGreaterThan(10);
    expect(await runSeed(seed, { trace: true })).toEqual(first);
  }
});
