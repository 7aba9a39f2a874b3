import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildTool } from "../../../tools/build-tool";
import { findings, kubeScore } from "../../../ci/policy/findings";
import { withTemporaryFolder } from "../../../lib/files";
import { repositoryRoot } from "../../../lib/root";
import { findEngine } from "../../support/engines";

// The first run builds kube-score.
jest.setTimeout(600_000);

/** What `make policy` runs, with this allow-list. */
function policy(allow: string): { code: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(repositoryRoot, "bin", "policy.cjs")], {
    cwd: repositoryRoot,
    encoding: "utf8",
    env: { ...process.env, FLYWHEEL_ENGINE: findEngine().path, FLYWHEEL_POLICY: allow },
  });
  return { code: status, output: `${stdout}${stderr}` };
}

test("the planned objects of every stack hold, but for what the allow-list says", () => {
  const { code, output } = policy(join(repositoryRoot, "policy", "allow.yaml"));
  expect({ code, output }).toMatchObject({
    code: 0,
    output: expect.stringMatching(/kube-score: \d{2,} objects of \d stacks, 0 refused/) as unknown,
  });
});

test("a finding without an entry and an entry without a finding fail, each with its place", async () => {
  await withTemporaryFolder((folder) => {
    const file = join(folder, "allow.yaml");
    const text = readFileSync(join(repositoryRoot, "policy", "allow.yaml"), "utf8");
    writeFileSync(file, text.replace("- check: pod-probes-identical", "- check: pod-probes-gone"));
    const { code, output } = policy(file);
    expect(code).toBe(1);
    expect(output).toContain("Deployment/runner-dashboard/runner-dashboard: pod-probes-identical: ");
    expect(output).toMatch(/allow\.yaml:\d+: nothing finds pod-probes-gone at Deployment\/\*\/attic any more/);
    return Promise.resolve();
  });
});

describe("kube-score", () => {
  const pod = (container: object) => ({
    address: "kubernetes_deployment.x",
    manifest: {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "x", namespace: "n" },
      spec: {
        replicas: 2,
        selector: { matchLabels: { a: "b" } },
        template: {
          metadata: { labels: { a: "b" } },
          spec: { containers: [{ name: "c", image: "i:1", ...container }] },
        },
      },
    },
  });
  const checksOf = async (container: object) =>
    findings(await buildTool(kubeScore, () => undefined), [pod(container)]).map(
      ({ check, object }) => `${check} ${object}`,
    );

  test("finds a container without limits, and none where they are set", async () => {
    const resources = { requests: { cpu: "1", memory: "1Gi" }, limits: { cpu: "1", memory: "1Gi" } };
    expect(await checksOf({})).toContain("container-resources Deployment/n/x");
    expect(await checksOf({ resources })).not.toContain("container-resources Deployment/n/x");
  });

  test("what only an apply tells is left out, not taken for a value", async () => {
    expect(await checksOf({ args: "known-after-apply" })).toContain("container-resources Deployment/n/x");
  });

  test("an object that it cannot read is no clean object", async () => {
    await expect(checksOf({ args: "not a list" })).rejects.toThrow("kube-score cannot read the manifests");
  });
});
