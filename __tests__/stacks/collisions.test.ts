import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfiguration, type ProgramInstance } from "../../lib/config/load";
import { collisions } from "../../stacks/collisions";
import { resourcesIn, type SynthesizedResource } from "../../stacks/synthesized-resources";

const folder = mkdtempSync(join(tmpdir(), "flywheel-collisions-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runners of two environments, on one cluster or on two. */
function stacksOn(prodContext: string): readonly [ProgramInstance, ProgramInstance] {
  const config = mkdtempSync(join(folder, "config-"));
  writeFileSync(
    join(config, "organization.yaml"),
    `organization: {name: x}\nclusters:\n  - {name: dev, role: d, domain: d.example, context: honey}\n  - {name: prod, role: p, domain: p.example, context: ${prodContext}}\n`,
  );
  for (const environment of ["dev", "prod"]) {
    mkdirSync(join(config, "environments", environment), { recursive: true });
    writeFileSync(
      join(config, "environments", environment, "arc-runners.yaml"),
      "# runners\ngithub_config_url: https://github.com/x\nrunner_namespace: arc-runners\nnix_runner_name: gh-nix\n",
    );
  }
  const [dev, prod] = loadConfiguration(config).stacks;
  if (dev === undefined || prod === undefined) throw new Error("two stacks are configured");
  return [dev, prod];
}

type Resources = readonly SynthesizedResource[];

function planOf(type: string, values: Readonly<Record<string, unknown>>): Resources {
  return [{ address: `${type}.x`, type, values }];
}

const named = (name: string, namespace?: string) => ({
  metadata: [{ name, ...(namespace === undefined ? {} : { namespace }) }],
});
const manifest = (kind: string, name: string, namespace?: string) => ({
  apiVersion: "v1",
  kind,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
});

const kinds: readonly [string, Resources, Resources, string][] = [
  [
    "the same kind, namespace and name",
    planOf("kubernetes_secret", named("ghcr-auth", "arc-runners")),
    planOf("kubernetes_secret_v1", named("ghcr-auth", "arc-runners")),
    "secret ghcr-auth in arc-runners",
  ],
  [
    "a typed resource and a manifest",
    planOf("kubernetes_config_map", named("c", "arc-runners")),
    planOf("kubernetes_manifest", { manifest: manifest("ConfigMap", "c", "arc-runners") }),
    "ConfigMap c in arc-runners",
  ],
  [
    "a manifest in YAML",
    planOf("kubectl_manifest", { yaml_body: JSON.stringify(manifest("Tenant", "t", "n")) }),
    planOf("kubectl_manifest", { yaml_body: JSON.stringify(manifest("Tenant", "t", "n")) }),
    "Tenant t in n",
  ],
  [
    "a Helm release",
    planOf("helm_release", { name: "gh-nix", namespace: "arc-runners", chart: "c" }),
    planOf("helm_release", { name: "gh-nix", namespace: "arc-runners", chart: "c" }),
    "Helm release gh-nix in arc-runners",
  ],
  [
    "a cluster-wide object",
    planOf("kubernetes_cluster_role", named("reader")),
    planOf("kubernetes_cluster_role", named("reader")),
    "cluster role reader",
  ],
  [
    "a namespace",
    planOf("kubernetes_namespace_v1", named("arc-runners")),
    planOf("kubernetes_namespace", named("arc-runners")),
    "namespace arc-runners",
  ],
  [
    "an ingress host",
    planOf("kubernetes_ingress_v1", { ...named("a", "one"), spec: [{ rule: [{ host: "dash.example" }] }] }),
    planOf("kubernetes_ingress_v1", { ...named("b", "two"), spec: [{ rule: [{ host: "dash.example" }] }] }),
    "ingress host dash.example",
  ],
  [
    "a chart with definitions",
    planOf("helm_release", { name: "a", namespace: "one", chart: "gha-runner-scale-set-controller" }),
    planOf("helm_release", { name: "b", namespace: "two", chart: "gha-runner-scale-set-controller" }),
    "the custom resource definitions of chart gha-runner-scale-set-controller",
  ],
];

it.each(kinds)("finds %s that two stacks would own, and names both files", (_kind, first, second, described) => {
  const [dev, prod] = stacksOn("honey");
  const found = collisions([
    { stack: dev, resources: first },
    { stack: prod, resources: second },
  ]);
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({ code: "collision", file: prod.source.file });
  expect(found[0]?.what).toContain(described);
  expect(found[0]?.what).toContain(dev.source.file);
  expect(found[0]?.remedy).toContain(prod.source.file);
});

it.each(kinds)("lets two clusters have %s each", (_kind, first, second) => {
  const [dev, prod] = stacksOn("other");
  expect(
    collisions([
      { stack: dev, resources: first },
      { stack: prod, resources: second },
    ]),
  ).toEqual([]);
});

it("names the setting to change, and its line", () => {
  const [dev, prod] = stacksOn("honey");
  const release = planOf("helm_release", { name: "gh-nix", namespace: "arc-runners", chart: "c" });
  expect(
    collisions([
      { stack: dev, resources: release },
      { stack: prod, resources: release },
    ])[0],
  ).toMatchObject({
    key: "nix_runner_name",
    line: 4,
    remedy: `Change nix_runner_name or runner_namespace in ${prod.source.file}`,
  });
  const chart = planOf("helm_release", { name: "a", namespace: "b", chart: "gha-runner-scale-set-controller" });
  const other = planOf("helm_release", { name: "c", namespace: "d", chart: "gha-runner-scale-set-controller" });
  expect(
    collisions([
      { stack: dev, resources: chart },
      { stack: prod, resources: other },
    ])[0]?.remedy,
  ).toContain("install_controller: false");
});

it("says nothing of names that are known only after apply", () => {
  const [dev, prod] = stacksOn("honey");
  const unknown = planOf("kubernetes_secret", { metadata: [{ namespace: "arc-runners" }] });
  expect(
    collisions([
      { stack: dev, resources: unknown },
      { stack: prod, resources: unknown },
    ]),
  ).toEqual([]);
});

it("follows references to names, and leaves out what only an engine can tell", () => {
  const [dev] = stacksOn("honey");
  const resources = resourcesIn({
    locals: {
      tenant: { kind: "Tenant", metadata: { name: "t", namespace: "${kubernetes_namespace.home.metadata[0].name}" } },
    },
    resource: {
      kubernetes_namespace: { home: { metadata: { name: "nix-cache" } }, again: { metadata: { name: "nix-cache" } } },
      kubernetes_service: {
        a: { metadata: { name: "x", namespace: "${kubernetes_namespace.home.metadata[0].name}" } },
      },
      kubernetes_service_v1: { b: { metadata: { name: "x", namespace: "nix-cache" } } },
      kubectl_manifest: { tenant: { yaml_body: "${yamlencode(local.tenant)}" } },
      kubernetes_manifest: {
        tenant: { manifest: { kind: "Tenant", metadata: { name: "t", namespace: "nix-cache" } } },
      },
      kubernetes_secret: {
        c: { metadata: { name: "${random_id.x.hex}" } },
        d: { metadata: { name: "${random_id.x.hex}" } },
      },
      kubernetes_role: {
        each: { for_each: { one: {}, two: {} }, metadata: { name: "role", namespace: "${each.key}" } },
      },
    },
  });
  expect(collisions([{ stack: dev, resources }]).map(({ what }) => what)).toEqual([
    "arc-runners would own namespace nix-cache twice: as kubernetes_namespace.home and as kubernetes_namespace.again",
    "arc-runners would own service x in nix-cache twice: as kubernetes_service.a and as kubernetes_service_v1.b",
    "arc-runners would own Tenant t in nix-cache twice: as kubectl_manifest.tenant and as kubernetes_manifest.tenant",
  ]);
});
