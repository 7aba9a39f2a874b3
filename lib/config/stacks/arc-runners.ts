import { z } from "zod";
import { count, dnsLabel, image, objectName, quantity, releaseName } from "../kubernetes";
import { defineSettings, type SettingsOf } from "../settings";
import { ghcrRule, minMaxRule, requestLimitRule } from "./rules";

const githubUrl = () =>
  z.string().regex(/^https:\/\/github\.com\/.+/, "a URL below https://github.com/: an organization or a repository");

/** The label that workflows name in `runs-on`. The chart makes it a name, of at most 45 characters. */
const runnerLabel = () => z.string().min(1, "a runs-on label").max(45, "at most 45 characters, as the chart demands");

const extraRunnerSet = z.strictObject(
  {
    github_config_url: githubUrl(),
    github_config_secret: objectName().default("github-app-secret"),
    runner_label: runnerLabel(),
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
  },
  "one of the keys of a runner set",
);

const builtInRunners = ["nix", "docker", "dind"] as const;

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

    runner_namespace: dnsLabel().default("arc-runners"),
    create_runner_namespace: z.boolean().default(true),

    nix_runner_name: releaseName().default("gh-nix"),
    nix_min_runners: count().default(0),
    nix_max_runners: count().default(5),
    nix_cpu_request: quantity().default("500m"),
    nix_memory_request: quantity().default("1Gi"),
    nix_cpu_limit: quantity().default("4"),
    nix_memory_limit: quantity().default("8Gi"),

    deploy_docker_runner: z.boolean().default(true),
    docker_runner_name: releaseName().default("gh-docker"),
    docker_min_runners: count().default(0),
    docker_max_runners: count().default(5),
    docker_cpu_request: quantity().default("100m"),
    docker_memory_request: quantity().default("256Mi"),
    docker_cpu_limit: quantity().default("2"),
    docker_memory_limit: quantity().default("4Gi"),

    deploy_dind_runner: z.boolean().default(false),
    dind_runner_name: releaseName().default("gh-dind"),
    dind_min_runners: count().default(0),
    dind_max_runners: count().default(5),
    dind_cpu_request: quantity().default("500m"),
    dind_memory_request: quantity().default("1Gi"),
    dind_cpu_limit: quantity().default("4"),
    dind_memory_limit: quantity().default("8Gi"),

    attic_server: z.string().default(""),
    attic_cache: z.string().default("main"),
    bazel_cache_endpoint: z.string().default(""),

    ghcr_username: z.string().default(""),
    extra_runner_sets: z.record(releaseName(), extraRunnerSet).default({}),
  },
  secrets: { ghcr_token: { required: false } },
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
