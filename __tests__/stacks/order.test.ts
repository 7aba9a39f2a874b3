import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfiguration } from "../../lib/config/load";
import { repositoryRoot } from "../../lib/root";
import { survey, synthesize } from "../../stacks/synth";

/** The order of a first deploy, and the one owner of each object, over the configuration that ships. */

const configuration = loadConfiguration(join(repositoryRoot, "config"));

it("knows which stack makes a namespace that another one needs", () => {
  const { collisions, needs } = survey(configuration);
  expect(collisions).toEqual([]);
  expect(needs.get("runner-dashboard")).toEqual([
    { namespace: "arc-runners", stack: "arc-runners" },
    { namespace: "gitlab-runners-dev", stack: "gitlab-runners" },
  ]);
  expect(needs.get("attic")).toEqual([]);
});

it("tells cdktf, without a trace in the stacks' own files", () => {
  const folder = mkdtempSync(join(tmpdir(), "flywheel-order-"));
  try {
    const write = (name: string, forDeploy?: true) => {
      synthesize({
        configuration,
        stacks: configuration.stacks,
        contracts: new Map(),
        folder: join(folder, name),
        forDeploy,
      });
      return (file: string) => readFileSync(join(folder, name, file), "utf8");
    };
    const [deploy, preview] = [write("deploy", true), write("preview")];
    const { stacks } = JSON.parse(deploy("manifest.json")) as {
      stacks: Readonly<Record<string, { readonly dependencies: readonly string[] }>>;
    };
    expect(stacks["runner-dashboard"]?.dependencies).toEqual(["arc-runners", "gitlab-runners"]);
    expect(stacks["attic"]?.dependencies).toEqual([]);
    const file = join("stacks", "runner-dashboard", "cdk.tf.json");
    expect(deploy(file)).toBe(preview(file));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
