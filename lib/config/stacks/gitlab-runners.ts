import { z } from "zod";
import { count, dnsLabel, image, labelValue, objectName, quantity } from "../kubernetes";
import { defineSettings, type SettingsOf } from "../settings";
import { ghcrRule, minMaxRule, requestLimitRule } from "./rules";

/** The kinds of runner, in the order they are declared. Each has settings of its own under its name as a prefix. */
const runnerKinds = ["nix", "docker", "dind"] as const;

export type RunnerKind = (typeof runnerKinds)[number];

/** The name of the cleanup job and of all that belongs to it. */
export const cleanupName = "runner-cleanup";

/** A URL without the characters that Helm's `--set` gives a meaning of their own. */
const webUrl = (example: string) => z.string().regex(/^https?:\/\/[^\s"'\\,{}]+$/, `a URL such as ${example}`);

/**
 * A runner's name is its Helm release, its deployment and its container. It reaches the chart through Helm's `--set`, which reads
 * a bare number, `true`, `false` and `null` as what they look like and not as a name.
 */
const runnerName = () =>
  dnsLabel()
    .max(53, "at most 53 characters, as Helm demands")
    .regex(
      /^(?!(true|false|null|\d+)$)/,
      "a name that is no number and none of true, false, null: Helm would not take it for a text",
    );

const priorityClass = () => z.union([z.literal(""), objectName()]).default("");

/** Kubernetes rejects an autoscaler that may scale to nothing. */
const replicas = () =>
  z.number().int("a whole number").min(1, "a whole number from 1: Kubernetes rejects an autoscaler with 0");

/** A label's key: an optional DNS prefix and a name. */
const labelKey = z
  .string()
  .regex(
    /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/,
    "a label's key such as release or example.org/release",
  );

/** Settings of the GitLab runners. */
export const gitlabRunnersSettings = defineSettings({
  fields: {
    gitlab_url: webUrl("https://gitlab.com").default("https://gitlab.com"),
    namespace: dnsLabel().default("gitlab-runners"),
    create_namespace: z.boolean().default(true),

    use_legacy_exec_strategy: z.boolean().default(true),
    spread_to_nodes: z.boolean().default(true),
    manager_priority_class_name: priorityClass(),
    job_priority_class_name: priorityClass(),
    manager_cpu_request: quantity().default("50m"),
    manager_memory_request: quantity().default("128Mi"),
    manager_cpu_limit: quantity().default("200m"),
    manager_memory_limit: quantity().default("256Mi"),

    nix_runner_name: runnerName().default("nix-runner"),
    nix_concurrent_jobs: count().default(6),
    nix_job_cpu_request: quantity().default("500m"),
    nix_job_memory_request: quantity().default("1Gi"),
    nix_job_cpu_limit: quantity().default("4"),
    nix_job_memory_limit: quantity().default("8Gi"),
    nix_hpa_enabled: z.boolean().default(true),
    nix_hpa_min_replicas: replicas().default(2),
    nix_hpa_max_replicas: replicas().default(5),
    attic_server: z.union([z.literal(""), webUrl("http://attic.nix-cache.svc.cluster.local")]).default(""),
    attic_cache: z
      .string()
      .regex(/^(?!.*\{\{)/s, "a cache without {{ in its name: the chart reads the runner's configuration as a template")
      .default("main"),

    deploy_docker_runner: z.boolean().default(true),
    docker_runner_name: runnerName().default("docker-runner"),
    docker_concurrent_jobs: count().default(12),
    docker_job_cpu_request: quantity().default("100m"),
    docker_job_memory_request: quantity().default("256Mi"),
    docker_job_cpu_limit: quantity().default("2"),
    docker_job_memory_limit: quantity().default("4Gi"),
    docker_hpa_enabled: z.boolean().default(true),
    docker_hpa_min_replicas: replicas().default(2),
    docker_hpa_max_replicas: replicas().default(8),

    deploy_dind_runner: z.boolean().default(false),
    dind_runner_name: runnerName().default("dind-runner"),
    dind_concurrent_jobs: count().default(6),
    dind_job_cpu_request: quantity().default("500m"),
    dind_job_memory_request: quantity().default("1Gi"),
    dind_job_cpu_limit: quantity().default("4"),
    dind_job_memory_limit: quantity().default("8Gi"),
    dind_hpa_enabled: z.boolean().default(true),
    dind_hpa_min_replicas: replicas().default(1),
    dind_hpa_max_replicas: replicas().default(5),

    /** New: a disruption budget for each runner's managers. */
    enable_pdb: z.boolean().default(false),
    /** New: scraping, alerts and recording rules of each runner. The Prometheus operator's kinds must exist on the cluster. */
    enable_monitoring: z.boolean().default(false),
    /** New: labels by which the cluster's Prometheus selects them. */
    monitoring_labels: z.record(labelKey, labelValue()).default({}),

    enable_runner_cleanup: z.boolean().default(false),
    kubectl_image: image().default("bitnami/kubectl:latest"),
    ghcr_username: z.string().default(""),
  },
  secrets: {
    nix_runner_token: { required: true },
    docker_runner_token: { required: false },
    dind_runner_token: { required: false },
    ghcr_token: { required: false },
  },
  rules: (rule) => [
    rule(["ghcr_username"], ghcrRule),
    rule(["manager_cpu_request", "manager_cpu_limit"], requestLimitRule("manager_cpu_request", "manager_cpu_limit")),
    rule(
      ["manager_memory_request", "manager_memory_limit"],
      requestLimitRule("manager_memory_request", "manager_memory_limit"),
    ),
    ...runnerKinds.flatMap((kind) => [
      rule(
        [`${kind}_hpa_min_replicas`, `${kind}_hpa_max_replicas`],
        minMaxRule(`${kind}_hpa_min_replicas`, `${kind}_hpa_max_replicas`),
      ),
      rule(
        [`${kind}_job_cpu_request`, `${kind}_job_cpu_limit`],
        requestLimitRule(`${kind}_job_cpu_request`, `${kind}_job_cpu_limit`),
      ),
      rule(
        [`${kind}_job_memory_request`, `${kind}_job_memory_limit`],
        requestLimitRule(`${kind}_job_memory_request`, `${kind}_job_memory_limit`),
      ),
    ]),
    ...(["docker", "dind"] as const).map((kind) =>
      rule([`deploy_${kind}_runner`], (s, secrets) => {
        const token = `${kind}_runner_token`;
        if (!s[`deploy_${kind}_runner`] || secrets.has(token)) return undefined;
        return {
          at: ["secrets"],
          what: `the ${kind} runner is deployed and ${token} is not among the secrets`,
          expected: `${token} among \`secrets: [...]\`, or deploy_${kind}_runner: false`,
          remedy: `add ${token} to \`secrets\`; its value comes from TF_VAR_${token}`,
        };
      }),
    ),
    rule(
      [
        "nix_runner_name",
        "docker_runner_name",
        "dind_runner_name",
        "deploy_docker_runner",
        "deploy_dind_runner",
        "enable_runner_cleanup",
      ],
      (s) => {
        const deployed = runnerKinds
          .filter((kind) => kind === "nix" || s[`deploy_${kind}_runner`])
          .map((kind) => `${kind}_runner_name` as const);
        const key = deployed.find((name, index) => deployed.slice(0, index).some((other) => s[other] === s[name]));
        if (key !== undefined)
          return {
            at: [key],
            what: `two runners are named "${s[key]}"`,
            expected: "a name of its own for each runner: it is the Helm release",
          };
        const clash = s.enable_runner_cleanup ? deployed.find((name) => s[name] === cleanupName) : undefined;
        if (clash === undefined) return undefined;
        return {
          at: [clash],
          what: `${clash} is the name of the cleanup job`,
          expected: `another name than ${cleanupName}: both have a service account of their name`,
        };
      },
    ),
  ],
});

export type GitlabRunnersSettings = SettingsOf<typeof gitlabRunnersSettings>;
