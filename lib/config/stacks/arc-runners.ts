import { z } from "zod";
import { count, dnsLabel, image, objectName, quantity, releaseName } from "../kubernetes";
import { defineSettings, type SettingsOf } from "../settings";
import {
  atticKeyRule,
  builtInRunners,
  controllerNameRule,
  nixStorageRule,
  nixVariablesRule,
  nixVolumeRule,
  registrationRule,
  runnerGroupRule,
} from "./arc-runners-rules";
import {
  affinity,
  environmentVariables,
  grpcEndpoint,
  nodeSelector,
  onlySeenOff,
  optionalQuantity,
  runnerGroup,
  scaleSetName,
  storageClass,
  tolerations,
} from "./arc-runners-types";
import { ghcrRule, minMaxRule, requestLimitRule } from "./rules";

const githubUrl = () =>
  z.string().regex(/^https:\/\/github\.com\/.+/, "a URL below https://github.com/: an organization or a repository");

const extraRunnerSet = z.strictObject(
  {
    github_config_url: githubUrl(),
    github_config_secret: objectName().default("github-app-secret"),
    /** What workflows name in `runs-on`, and what the set registers as where it has no scale set name. */
    runner_label: scaleSetName(),
    runner_scale_set_name: z.union([z.literal(""), scaleSetName()]).default(""),
    runner_type: z.enum(["nix", "docker", "dind"]).default("nix"),
    container_mode: z.enum(["", "kubernetes", "dind"]).default(""),
    runner_image: z.union([z.literal(""), image()]).default(""),
    min_runners: count().default(0),
    max_runners: count().default(5),
    cpu_request: quantity().default("500m"),
    memory_request: quantity().default("1Gi"),
    cpu_limit: quantity().default("4"),
    memory_limit: quantity().default("8Gi"),
    attic_server: z.string().default(""),
    attic_cache: z.string().default("main"),
    bazel_cache_endpoint: z.string().default(""),
    node_selector: nodeSelector().default({}),
  },
  "one of the keys of a runner set",
);

const optionalScaleSetName = () => z.union([z.literal(""), scaleSetName()]).default("");

/** Settings of the GitHub Actions runner scale sets. */
export const arcRunnersSettings = defineSettings({
  fields: {
    github_config_url: githubUrl(),
    github_config_secret: objectName().default("github-app-secret"),

    controller_namespace: dnsLabel().default("arc-systems"),
    create_controller_namespace: z.boolean().default(true),
    /** New: false where another environment's controller on the same cluster serves these runners. */
    install_controller: z.boolean().default(true),
    controller_chart_version: z.string().min(1, "a chart version").default("0.13.1"),
    controller_node_selector: nodeSelector().default({}),

    runner_namespace: dnsLabel().default("arc-runners"),
    create_runner_namespace: z.boolean().default(true),

    /** Absent: GitHub's group `default`. */
    runner_group: runnerGroup().optional(),
    runner_group_policy: z.enum(["organization-restricted", "legacy-default"]).optional(),
    /** An existing pull secret, in the runners' namespace and the controller's. */
    ghcr_pull_secret_name: z.union([z.literal(""), objectName()]).default(""),
    shared_runner_node_selector: nodeSelector().default({}),
    /** Empty: shared_runner_node_selector. */
    shared_nix_runner_node_selector: nodeSelector().default({}),
    shared_runner_tolerations: tolerations().default([]),
    shared_runner_affinity: affinity().default({}),
    listener_node_selector: nodeSelector().default({}),
    listener_tolerations: tolerations().default([]),

    nix_runner_name: releaseName().default("gh-nix"),
    /** Empty: the label. */
    nix_runner_scale_set_name: optionalScaleSetName(),
    nix_min_runners: count().default(0),
    nix_max_runners: count().default(5),
    nix_cpu_request: quantity().default("500m"),
    nix_memory_request: quantity().default("1Gi"),
    nix_cpu_limit: quantity().default("4"),
    nix_memory_limit: quantity().default("8Gi"),
    nix_ephemeral_storage_request: optionalQuantity(),
    nix_ephemeral_storage_limit: optionalQuantity(),
    nix_env_vars: environmentVariables().default([]),
    /** A class makes a volume of its own for each runner: /nix, its work folder, its cache. Empty sizes: 64Gi, 32Gi, 32Gi. */
    nix_root_volume_storage_class: storageClass(),
    nix_root_volume_size: optionalQuantity(),
    nix_work_volume_storage_class: storageClass(),
    nix_work_volume_size: optionalQuantity(),
    nix_cache_volume_storage_class: storageClass(),
    nix_cache_volume_size: optionalQuantity(),
    nix_store_enabled: onlySeenOff("a shared Nix store"),
    nix_store_prepopulate_enabled: onlySeenOff("a shared Nix store that is filled beforehand"),
    nix_store_storage_class: storageClass(),
    nix_store_size: optionalQuantity(),
    nix_warm_pool_enabled: onlySeenOff("a pool of warm runners"),
    deploy_longhorn: onlySeenOff("Longhorn"),

    deploy_docker_runner: z.boolean().default(true),
    docker_runner_name: releaseName().default("gh-docker"),
    docker_runner_scale_set_name: optionalScaleSetName(),
    docker_min_runners: count().default(0),
    docker_max_runners: count().default(5),
    docker_cpu_request: quantity().default("100m"),
    docker_memory_request: quantity().default("256Mi"),
    docker_cpu_limit: quantity().default("2"),
    docker_memory_limit: quantity().default("4Gi"),

    deploy_dind_runner: z.boolean().default(false),
    dind_runner_name: releaseName().default("gh-dind"),
    dind_runner_scale_set_name: optionalScaleSetName(),
    dind_min_runners: count().default(0),
    dind_max_runners: count().default(5),
    dind_cpu_request: quantity().default("500m"),
    dind_memory_request: quantity().default("1Gi"),
    dind_cpu_limit: quantity().default("4"),
    dind_memory_limit: quantity().default("8Gi"),

    attic_server: z.string().default(""),
    attic_cache: z.string().default("main"),
    /** The key that nix runners trust the cache by; with it the cache is a substituter of theirs. */
    attic_public_key: z
      .union([z.literal(""), z.string().regex(/^[^\s:]+:[A-Za-z0-9+/]+=*$/, "a public key such as main:mq1k...=")])
      .default(""),
    bazel_cache_endpoint: z.string().default(""),
    /** Given, also empty, runners are told which mode they are in: executor-backed with it, shared-cache-backed without. */
    bazel_executor_endpoint: grpcEndpoint().optional(),

    ghcr_username: z.string().default(""),
    extra_runner_sets: z.record(releaseName(), extraRunnerSet).default({}),
  },
  secrets: { ghcr_token: { required: false } },
  unused: ["nix_store_storage_class", "nix_store_size"],
  aliases: { deploy_arc_controller: "install_controller" },
  rules: (rule) => [
    rule(["ghcr_username"], ghcrRule),
    ...builtInRunners.flatMap((kind) => [
      rule([`${kind}_min_runners`, `${kind}_max_runners`], minMaxRule(`${kind}_min_runners`, `${kind}_max_runners`)),
      rule([`${kind}_cpu_request`, `${kind}_cpu_limit`], requestLimitRule(`${kind}_cpu_request`, `${kind}_cpu_limit`)),
      rule(
        [`${kind}_memory_request`, `${kind}_memory_limit`],
        requestLimitRule(`${kind}_memory_request`, `${kind}_memory_limit`),
      ),
    ]),
    rule(
      ["docker_runner_name", "nix_runner_name", "dind_runner_name", "deploy_docker_runner", "deploy_dind_runner"],
      (s) => {
        const names = [
          s.nix_runner_name,
          ...(s.deploy_docker_runner ? [s.docker_runner_name] : []),
          ...(s.deploy_dind_runner ? [s.dind_runner_name] : []),
        ];
        const twice = names.find((name, index) => names.indexOf(name) !== index);
        if (twice === undefined) return undefined;
        const key =
          builtInRunners.map((kind) => `${kind}_runner_name` as const).find((k) => s[k] === twice) ?? "nix_runner_name";
        return {
          at: [key],
          what: `two runners are named "${twice}"`,
          expected: "a name of its own for each runner: it is the Helm release",
        };
      },
    ),
    rule(["extra_runner_sets", "nix_runner_name", "docker_runner_name", "dind_runner_name"], (s) => {
      const builtIn = [s.nix_runner_name, s.docker_runner_name, s.dind_runner_name];
      const clash = Object.keys(s.extra_runner_sets).find((key) => builtIn.includes(key));
      if (clash === undefined) return undefined;
      return {
        at: ["extra_runner_sets", clash],
        what: `the runner set "${clash}" has the name of a built-in runner`,
        expected: `a key other than ${builtIn.join(", ")}`,
      };
    }),
    rule(
      [
        "extra_runner_sets",
        "github_config_url",
        "deploy_docker_runner",
        "deploy_dind_runner",
        "nix_runner_scale_set_name",
        "docker_runner_scale_set_name",
        "dind_runner_scale_set_name",
      ],
      registrationRule,
    ),
    rule(["extra_runner_sets", "nix_runner_name", "docker_runner_name", "dind_runner_name"], controllerNameRule),
    rule(["runner_group", "runner_group_policy"], runnerGroupRule),
    rule(["nix_env_vars"], nixVariablesRule),
    rule(["attic_server", "attic_public_key"], atticKeyRule),
    rule(["nix_ephemeral_storage_request", "nix_ephemeral_storage_limit"], nixStorageRule),
    rule(
      [
        "nix_root_volume_storage_class",
        "nix_root_volume_size",
        "nix_work_volume_storage_class",
        "nix_work_volume_size",
        "nix_cache_volume_storage_class",
        "nix_cache_volume_size",
      ],
      nixVolumeRule,
    ),
    rule(["extra_runner_sets"], (s) => {
      for (const [key, set] of Object.entries(s.extra_runner_sets)) {
        const failure =
          minMaxRule("min_runners", "max_runners")(set) ??
          requestLimitRule("cpu_request", "cpu_limit")(set) ??
          requestLimitRule("memory_request", "memory_limit")(set);
        if (failure !== undefined) return { ...failure, at: ["extra_runner_sets", key, ...failure.at] };
      }
      return undefined;
    }),
  ],
});

export type ArcRunnersSettings = SettingsOf<typeof arcRunnersSettings>;
