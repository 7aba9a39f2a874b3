import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { loadConfiguration } from "../../../lib/config/load";
import { helmKey, helmText } from "../../../lib/constructs/helm-set";
import { withTemporaryFolder } from "../../../lib/files";
import { synthesize } from "../../../stacks/synth";
import { organization, writeFiles } from "../../lib/config/support";

const entries = z.array(z.object({ name: z.string(), value: z.string(), type: z.string().optional() }));
const synthesized = z.object({
  locals: z.record(z.string(), z.unknown()),
  resource: z.object({
    helm_release: z.record(z.string(), z.object({ set: entries })),
    terraform_data: z.record(z.string(), z.unknown()).optional(),
  }),
  output: z.record(z.string(), z.object({ value: z.unknown() })),
});

function synthesizedFrom(settings: string) {
  return withTemporaryFolder((folder) => {
    const least = "github_config_url: https://github.com/acme\n";
    writeFiles(folder, {
      "organization.yaml": organization(),
      "environments/dev/arc-runners.yaml": least + settings,
    });
    const configuration = loadConfiguration(folder);
    synthesize({ configuration, stacks: configuration.stacks, contracts: new Map(), folder: join(folder, "out") });
    const text = readFileSync(join(folder, "out", "stacks", "arc-runners", "cdk.tf.json"), "utf8");
    return Promise.resolve(synthesized.parse(JSON.parse(text)));
  });
}

const live = `
deploy_arc_controller: true
controller_node_selector: {kubernetes.io/hostname: honey, pool: "2024"}
ghcr_pull_secret_name: ghcr-pull
runner_group: acme-infra
runner_group_policy: organization-restricted
nix_runner_scale_set_name: acme-nix
nix_ephemeral_storage_request: 8Gi
nix_ephemeral_storage_limit: 16Gi
nix_work_volume_storage_class: local
attic_server: http://attic
attic_public_key: "main:YQ=="
bazel_cache_endpoint: grpc://cache:9092
nix_env_vars: [{name: LAST, value: a}]
shared_runner_node_selector: {kubernetes.io/hostname: sting}
shared_nix_runner_node_selector: {kubernetes.io/hostname: nix}
shared_runner_tolerations: [{key: a/b, operator: Equal, value: "true", effect: NoSchedule}]
listener_node_selector: {kubernetes.io/hostname: bumble}
extra_runner_sets:
  more: {github_config_url: https://github.com/acme/x, runner_label: "2024", runner_scale_set_name: "true", node_selector: {a: b}}
`;

describe("what is live today", () => {
  test("reaches Helm, the policy and the outputs", async () => {
    const { locals, resource, output } = await synthesizedFrom(live);
    const { controller, nix_runners: nix, extra_runners_more: more } = resource.helm_release;
    expect(controller?.set).toEqual(
      expect.arrayContaining([
        { name: "nodeSelector.kubernetes\\.io/hostname", value: "honey" },
        { name: "nodeSelector.pool", value: "2024", type: "string" },
        { name: "imagePullSecrets[0].name", value: '${sensitive("ghcr-pull")}' },
      ]),
    );
    expect(nix?.set).toEqual(
      expect.arrayContaining([
        { name: "runnerScaleSetName", value: "acme-nix" },
        { name: "runnerGroup", value: "acme-infra" },
      ]),
    );
    expect(more?.set).toContainEqual({ name: "runnerScaleSetName", value: "true", type: "string" });
    expect(locals["nix_runners_values"]).toMatchObject({
      listenerTemplate: {
        spec: { containers: [{ name: "listener" }], nodeSelector: { "kubernetes.io/hostname": "bumble" } },
      },
      template: {
        spec: {
          nodeSelector: { "kubernetes.io/hostname": "nix" },
          tolerations: [{ key: "a/b", operator: "Equal", value: "true", effect: "NoSchedule" }],
          imagePullSecrets: [{ name: "ghcr-pull" }],
          volumes: [
            {
              name: "work",
              ephemeral: {
                volumeClaimTemplate: {
                  spec: {
                    accessModes: ["ReadWriteOnce"],
                    storageClassName: "local",
                    resources: { requests: { storage: "32Gi" } },
                  },
                },
              },
            },
          ],
          containers: [
            {
              resources: {
                requests: { "ephemeral-storage": "8Gi" },
                limits: { "ephemeral-storage": "16Gi" },
              },
              volumeMounts: [{ name: "work", mountPath: "/home/runner/_work" }],
              env: [
                {
                  name: "NIX_CONFIG",
                  value: [
                    "experimental-features = nix-command flakes",
                    "extra-substituters = http://attic/main",
                    "extra-trusted-public-keys = main:YQ==",
                  ].join("\n"),
                },
                { name: "ATTIC_SERVER", value: "http://attic" },
                { name: "ATTIC_CACHE", value: "main" },
                { name: "ATTIC_PUBLIC_KEY", value: "main:YQ==" },
                { name: "BAZEL_REMOTE_CACHE", value: "grpc://cache:9092" },
                { name: "GF_BAZEL_SUBSTRATE_MODE", value: "shared-cache-backed" },
                { name: "GF_FLYWHEEL_PROFILE_STATE", value: "shared-cache-backed" },
                { name: "LAST", value: "a" },
              ],
            },
          ],
        },
      },
    });
    expect(locals["docker_runners_values"]).toMatchObject({
      template: { spec: { nodeSelector: { "kubernetes.io/hostname": "sting" } } },
    });
    expect(locals["extra_runners_more_values"]).toMatchObject({ template: { spec: { nodeSelector: { a: "b" } } } });
    expect(resource.terraform_data?.["runner_group_policy"]).toMatchObject({
      input: {
        policy: "organization-restricted",
        scale_sets: ["acme-nix", "tinyland-docker", "true"].map((name) => ({ group: "acme-infra", name })),
        legacy_expires: "",
        legacy_reason: "",
        legacy_receipt: {},
      },
    });
    expect(output).toMatchObject({
      nix_runner_group: { value: "acme-infra" },
      docker_runner_group: { value: "acme-infra" },
      dind_runner_group: { value: "" },
      extra_runner_groups: { value: { more: "acme-infra" } },
    });
  });

  test("an executor changes the mode that runners are told of, and nothing that is not said changes anything", async () => {
    const mode = async (settings: string) => {
      const { locals } = await synthesizedFrom(settings);
      return /"(?:executor|shared-cache)-backed"/.exec(JSON.stringify(locals))?.[0];
    };
    expect(await mode("bazel_executor_endpoint: grpc://cell:8980\n")).toBe('"executor-backed"');
    expect(await mode('bazel_executor_endpoint: ""\nbazel_cache_endpoint: grpc://cache:9092\n')).toBe(
      '"shared-cache-backed"',
    );
    expect(await mode("bazel_cache_endpoint: grpc://cache:9092\n")).toBeUndefined();
    expect(Object.keys((await synthesizedFrom("")).output)).not.toContain("nix_runner_group");
  });
});

describe("texts in the language of --set", () => {
  test.each([
    ["plain text", { value: "plain text" }],
    ["true", { value: "true", type: "string" }],
    ["NULL", { value: "NULL", type: "string" }],
    ["2024", { value: "2024", type: "string" }],
    ["-5", { value: "-5", type: "string" }],
    ["0", { value: "0", type: "string" }],
    ["007", { value: "007" }],
    ["1.5", { value: "1.5" }],
    ["a,b", { value: "a\\,b" }],
    ["{a,b}", { value: "\\{a\\,b}" }],
    ["a\\b", { value: "a\\\\b" }],
  ])("%s", (text, expected) => {
    expect(helmText("key", text)).toEqual({ name: "key", ...expected });
  });

  test("a dot in a key is no way down", () => {
    expect(helmKey("nodeSelector", "a.b/c,d")).toBe("nodeSelector.a\\.b/c\\,d");
  });
});
