import { soakTable } from "../../../lab/soak/report";
import { soak } from "../../../lab/soak/soak";
import { temporaryFolder } from "../../lib/config/support";

/** The short profile of `node bin/faults.cjs --soak`: the same world, less of each. */
jest.setTimeout(10 * 60_000);

it("keeps every accepted write while server and store are killed, states move, and both doors are used", async () => {
  const profile = { seconds: 8, seed: 1, applies: 3, plans: 3, cutovers: 1, serverKills: 1, storeKills: 1 };
  const result = await soak(profile, temporaryFolder(), () => undefined);
  expect(result.violations).toEqual([]);
  expect(result).toMatchObject({ states: 8, applies: 48, plans: 48, cutovers: 8, serverKills: 1, storeKills: 1 });
  expect(result.versions).toBeGreaterThanOrEqual(48 + 8);
  // Somebody asked while they were down, or the kills proved nothing.
  expect(result.failures).toBeGreaterThan(0);
  expect(result.latencies.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(["lock, http", "lock, s3", "write, http", "write, s3"]),
  );
  expect(result.memory.most).toBeGreaterThan(0);
  expect(soakTable(result)).toContain("| applies | 48 |");
});
