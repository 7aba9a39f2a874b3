import { type Plan, planFrom } from "../../../lab/faults/plan";
import { type Plant, plants } from "../../../lab/faults/plants";
import { faultRun, type RunResult } from "../../../lab/faults/run";
import { type Ground, openGround } from "../../../lab/faults/world";

/** The short profile of `node bin/faults.cjs`: the real stores against MinIO through a proxy that breaks things, by seed. */
jest.setTimeout(10 * 60_000);

let ground: Ground;
beforeAll(async () => {
  ground = await openGround();
});
afterAll(() => ground.close());

/** So many seeds from 300 on, of plans that are as asked. */
function seedsWith(count: number, isAsked: (plan: Plan) => boolean): number[] {
  const seeds: number[] = [];
  for (let seed = 300; seeds.length < count; seed += 1) if (isAsked(planFrom(seed))) seeds.push(seed);
  return seeds;
}

/** Runs some seeds at a time, until all of them were run or `isEnough` says so of what there is. */
async function runs(
  seeds: readonly number[],
  isEnough: (results: readonly RunResult[]) => boolean = () => false,
  plant?: Plant,
): Promise<RunResult[]> {
  const results: RunResult[] = [];
  for (let start = 0; start < seeds.length && !isEnough(results); start += 3)
    results.push(...(await Promise.all(seeds.slice(start, start + 3).map((seed) => faultRun(ground, seed, plant)))));
  return results;
}

const failed = (results: readonly RunResult[]) => results.filter(({ violations }) => violations.length > 0);
const happened = (results: readonly RunResult[], kind: RegExp) =>
  results.some(({ told }) => Object.keys(told).some((name) => kind.test(name)));

it("keeps every invariant over a dozen seeds", async () => {
  expect(failed(await runs(seedsWith(12, ({ outage }) => outage === undefined)))).toEqual([]);
});

it.each(["kill before", "kill after"])("keeps every invariant where a real process is killed: %s", async (kind) => {
  const isKill = ({ incident, secondIncident }: Plan) => incident?.kind === kind || secondIncident?.kind === kind;
  const results = await runs(seedsWith(15, isKill), (done) => happened(done, /^kill/));
  expect(failed(results)).toEqual([]);
  expect(happened(results, /^kill/)).toBe(true);
});

it("keeps every invariant where the store is down from mid-apply until the engine has exited", async () => {
  const isEnough = (done: readonly RunResult[]) =>
    [/dead apply's lock: locked/, /^recovered soon/, /^recovered after/].every((kind) => happened(done, kind));
  const results = await runs(
    seedsWith(30, ({ outage }) => outage !== undefined),
    isEnough,
  );
  expect(failed(results)).toEqual([]);
  expect(isEnough(results)).toBe(true);
});

it.each(["bucket re-created", "delete markers block locks"])(
  "keeps every invariant in a spell of another kind of store: %s",
  async (kind) => {
    const isEnough = (done: readonly RunResult[]) => done.length >= 3 && happened(done, new RegExp(`^${kind}$`));
    const results = await runs(
      seedsWith(20, ({ spell }) => spell?.kind === kind),
      isEnough,
    );
    expect(failed(results)).toEqual([]);
    expect(isEnough(results)).toBe(true);
  },
);

/** The plans in which a planted bug has a chance to do harm. */
const chances: Readonly<Record<Plant, (plan: Plan) => boolean>> = {
  "source is not locked": ({ incident }) => incident === undefined,
  "seal is given back": ({ incident, sameObject }) => incident === undefined && !sameObject,
  "source is read before it is locked": ({ incident, faults, sameObject, outage, bobs }) =>
    incident === undefined && faults === 0 && !sameObject && outage === undefined && bobs === "cutover",
  "an outage is an empty state": ({ writerFaults, sameObject, to }) =>
    writerFaults > 0 && (sameObject || to === "http"),
  "an errored state is pushed by force": ({ outage, to }) =>
    outage?.unlock === "soon" && outage.recover !== "soon" && to === "s3",
};

it.each(plants)("finds a planted bug: %s", async (plant) => {
  const results = await runs(seedsWith(45, chances[plant]), (done) => failed(done).length > 0, plant);
  expect(failed(results)).not.toEqual([]);
});
