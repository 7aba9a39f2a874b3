import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfiguration } from "../../lib/config/load";
import { repositoryRoot } from "../../lib/root";
import { readNeeds } from "../../stacks/needs-file";
import { comesAfter, type Needs } from "../../stacks/order";
import { survey, synthesize } from "../../stacks/synth";

/** The order of a first deploy, and the one owner of each object, over the configuration that ships. */

const configuration = loadConfiguration(join(repositoryRoot, "config"));

it("knows which stack makes a namespace that another one needs", async () => {
  const { collisions, needs } = await survey(configuration);
  expect(collisions).toEqual([]);
  expect(needs.get("runner-dashboard")).toEqual([
    { namespace: "arc-runners", stack: "arc-runners" },
    { namespace: "gitlab-runners-dev", stack: "gitlab-runners" },
  ]);
  expect(needs.get("attic")).toEqual([]);
});

it("writes it beside the stacks, for the guard, and not into what cdktf reads: a stack alone can always be deployed", () => {
  const folder = mkdtempSync(join(tmpdir(), "flywheel-order-"));
  try {
    const needs = synthesize({
      configuration,
      stacks: configuration.stacks,
      contracts: new Map(),
      folder,
      forDeploy: true,
    });
    const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as {
      stacks: Readonly<Record<string, { readonly dependencies: readonly string[] }>>;
    };
    expect(Object.values(manifest.stacks).flatMap(({ dependencies }) => dependencies)).toEqual([]);
    expect(readNeeds(folder).get("runner-dashboard")).toEqual(needs.get("runner-dashboard"));
    expect(readNeeds(folder).has("attic")).toBe(false);
    expect(readNeeds(join(folder, "elsewhere"))).toEqual(new Map());
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

it("has no order where each needs what the other makes, at whatever distance", () => {
  const needs: Needs = new Map([
    ["a", [{ namespace: "n-b", stack: "b" }]],
    ["b", [{ namespace: "n-c", stack: "c" }]],
    [
      "c",
      [
        { namespace: "n-a", stack: "a" },
        { namespace: "n-d", stack: "d" },
      ],
    ],
    ["e", [{ namespace: "n-a", stack: "a" }]],
  ]);
  expect(["a", "b"].map((id) => comesAfter(id, needs))).toEqual([[], []]);
  expect(comesAfter("c", needs)).toEqual([{ namespace: "n-d", stack: "d" }]);
  expect(comesAfter("e", needs)).toEqual([{ namespace: "n-a", stack: "a" }]);
});
