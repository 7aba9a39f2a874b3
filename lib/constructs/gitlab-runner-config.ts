import { stringify } from "smol-toml";
import { type RunnerKind } from "../config/stacks/gitlab-runners";
import { type ContainerResources } from "./container-resources";

export interface RunnerConfigProps {
  readonly name: string;
  readonly kind: RunnerKind;
  /** Where jobs run: the runner's own namespace. */
  readonly namespace: string;
  /** Run job scripts by exec into the pod, not by attaching to it. */
  readonly legacyExecStrategy: boolean;
  /** Prefer nodes without another job. */
  readonly spreadToNodes: boolean;
  readonly jobResources: ContainerResources;
  /** @default the cluster's default */
  readonly jobPriorityClass?: string;
  /** The Attic server and cache that nix jobs substitute from. @default none */
  readonly attic?: { readonly server: string; readonly cache: string };
}

/** What a kind of runner is: the image of a job that names none, whether jobs are privileged, and the tags they ask for it by. */
export const kindTraits: Readonly<
  Record<RunnerKind, { readonly image: string; readonly privileged: boolean; readonly tags: readonly string[] }>
> = {
  // No tag "kubernetes": jobs that need the internet ask for it, and shared runners take them.
  nix: {
    image: "docker.nix-community.org/nixpkgs/nix-flakes:nixos-unstable",
    privileged: false,
    tags: ["nix", "flakes"],
  },
  docker: { image: "alpine:3.21", privileged: false, tags: ["docker", "linux", "amd64"] },
  dind: { image: "docker:27-dind", privileged: true, tags: ["docker", "dind", "privileged"] },
};

/**
 * The runner's part of GitLab Runner's config.toml, as data.
 * Keys: https://docs.gitlab.com/runner/executors/kubernetes, https://docs.gitlab.com/runner/configuration/feature-flags.
 */
export function runnerConfig(props: RunnerConfigProps) {
  const { image, privileged } = kindTraits[props.kind];
  const { requests, limits } = props.jobResources;
  const environment = jobEnvironment(props);
  return {
    runners: [
      {
        name: props.name,
        executor: "kubernetes",
        ...(environment.length > 0 ? { environment } : {}),
        feature_flags: {
          FF_USE_LEGACY_KUBERNETES_EXECUTION_STRATEGY: props.legacyExecStrategy,
          FF_PRINT_POD_EVENTS: true,
          FF_USE_POD_ACTIVE_DEADLINE_SECONDS: true,
          FF_CLEANUP_FAILED_CACHE_EXTRACT: true,
        },
        kubernetes: {
          namespace: props.namespace,
          image,
          privileged,
          poll_timeout: 600,
          poll_interval: 3,
          cpu_request: requests.cpu,
          memory_request: requests.memory,
          cpu_limit: limits.cpu,
          memory_limit: limits.memory,
          ...(props.jobPriorityClass === undefined ? {} : { pod_priority_class_name: props.jobPriorityClass }),
          pod_termination_grace_period_seconds: 30,
          cleanup_grace_period_seconds: 10,
          ...(props.spreadToNodes
            ? {
                affinity: {
                  pod_anti_affinity: { preferred_during_scheduling_ignored_during_execution: [awayFromJobs] },
                },
              }
            : {}),
        },
      },
    ],
  };
}

/** The same, as the chart wants it. */
export function runnerToml(props: RunnerConfigProps): string {
  return stringify(runnerConfig(props));
}

/** Every job pod has a label `pod`: the runner sets it. */
const awayFromJobs = {
  weight: 50,
  pod_affinity_term: {
    topology_key: "kubernetes.io/hostname",
    label_selector: { match_expressions: [{ key: "pod", operator: "Exists" }] },
  },
};

/** What each job finds in its environment, as NAME=value. */
function jobEnvironment({ kind, attic }: RunnerConfigProps): string[] {
  // The Docker beside the job listens on plain TCP inside the pod.
  if (kind === "dind") return ["DOCKER_HOST=tcp://localhost:2375", "DOCKER_TLS_CERTDIR="];
  if (kind !== "nix" || attic === undefined) return [];
  return [
    "NIX_CONFIG=experimental-features = nix-command flakes",
    `ATTIC_SERVER=${attic.server}`,
    `ATTIC_CACHE=${attic.cache}`,
  ];
}
