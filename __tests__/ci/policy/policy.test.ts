import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { kubeScore } from "../../../tools/catalogue";
import { builtTool } from "../../../tools/tool";
import { findings } from "../../../ci/policy/findings";
import { withTemporaryFolder } from "../../../lib/files";
import { repositoryRoot } from "../../../lib/root";
import { findEngine } from "../../support/engines";

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
  const checksOf = (container: object) =>
    findings(builtTool(kubeScore), [pod(container)]).map(({ check, object }) => `${check} ${object}`);

  test("finds a container without limits, and none where they are set", () => {
    const resources = { requests: { cpu: "1", memory: "1Gi" }, limits: { cpu: "1", memory: "1Gi" } };
    expect(checksOf({})).toContain("container-resources Deployment/n/x");
    expect(checksOf({ resources })).not.toContain("container-resources Deployment/n/x");
  });

  test("what only an apply tells is left out, not taken for a value", () => {
    expect(checksOf({ args: "known-after-apply" })).toContain("container-resources Deployment/n/x");
  });

  test("an object that it cannot read is no clean object", () => {
    expect(() => checksOf({ args: "not a list" })).toThrow("kube-score cannot read the manifests");
  });
});
