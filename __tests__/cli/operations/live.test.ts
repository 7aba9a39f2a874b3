import { writeFileSync } from "node:fs";
import { send } from "../../authority/support";
import { worldsOverMinio } from "../../authority/cutover/worlds";

/** `preview --live` on a real server: what it plans on, and what it refuses to take for an empty state. */

const open = worldsOverMinio();
const lineage = "5f6c1d5e-7a0f-4a3e-9a52-0d9a8f4e2b11";
const state = JSON.stringify({
  version: 4,
  terraform_version: "1.11.4",
  serial: 41,
  lineage,
  outputs: {},
  resources: [],
});
const ledger = (known: string) =>
  `states:\n  - {stack: arc-runners, environment: dev, backend: http, location: PLACE, lineage: ${known}, serial: 41, sha256: "${"0".repeat(64)}", at: "2026-04-16T09:12:00Z", generation: 1}\n`;

it("plans on the live state, and takes none for empty where the ledger knows one", async () => {
  const world = await open();
  const { clone } = world;
  const know = (known: string) => writeFileSync(clone.ledgerFile, ledger(known).replace("PLACE", `"${world.address}"`));

  const fresh = await clone.flywheel("preview", "arc-runners", "--live");
  expect(fresh).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^by replay, .*from no state: everything is new/),
  });

  know(lineage);
  const missing = await clone.flywheel("preview", "arc-runners", "--live", "--json");
  expect(missing.code).toBe(1);
  expect(JSON.parse(missing.stdout)).toMatchObject({
    ok: false,
    problems: [{ code: "state-missing", remedy: expect.stringContaining("flywheel check arc-runners") }],
  });

  expect(await send("POST", `${world.address}/lock`, { auth: "ann:secret", body: '{"ID":"1"}' })).toMatchObject({
    status: 200,
  });
  expect(await send("POST", `${world.address}?ID=1`, { auth: "ann:secret", body: state })).toMatchObject({
    status: 200,
  });
  // It takes no lock, and minds none.
  const live = await clone.flywheel("preview", "arc-runners", "--live");
  expect(live.code).toBe(0);
  expect(live.stdout.split("\n")[0]).toMatch(
    new RegExp(`^by replay, planned by \\w+, on the live state, serial 41, at \\S*arc-runners-dev$`),
  );

  know("0b1d5c44-0000-4000-8000-000000000000");
  const other = await clone.flywheel("preview", "arc-runners", "--live", "--json");
  expect(other.code).toBe(1);
  expect(JSON.parse(other.stdout)).toMatchObject({ problems: [{ code: "other-lineage" }] });
});
