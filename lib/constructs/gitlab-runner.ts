import { Release, type ReleaseSet } from "@cdktf/provider-helm/lib/release";
import { type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { type ContainerResources } from "./container-resources";
import { yamlEncoded } from "./encode";
import { kindTraits, type RunnerConfigProps, runnerToml } from "./gitlab-runner-config";
import { GitlabRunnerMonitoring } from "./gitlab-runner-monitoring";
import { GitlabRunnerAutoscaler, GitlabRunnerDisruptionBudget } from "./gitlab-runner-scaling";
import { movedFrom } from "./moved";

/** Version of GitLab's chart. */
const chartVersion = "0.78.0";

/** What all managers of all runners share, so that they keep away from each other. */
const spreadLabels = { "app.kubernetes.io/part-of": "gitlab-runners" };

export interface GitlabRunnerProps extends RunnerConfigProps {
  readonly gitlabUrl: string;
  /** The runner's authentication token, as a reference to a sensitive variable. */
  readonly token: string;
  /** Jobs at once, for each manager. */
  readonly concurrentJobs: number;
  readonly managerResources: ContainerResources;
  /** @default the cluster's default */
  readonly managerPriorityClass?: string;
  /** @default one manager */
  readonly autoscaling?: { readonly minReplicas: number; readonly maxReplicas: number };
  readonly disruptionBudget: boolean;
  /** Labels that the cluster's Prometheus selects by. @default no monitoring objects */
  readonly monitoring?: { readonly labels: Readonly<Record<string, string>> };
  readonly dependsOn: ITerraformDependable[];
  /** The module state knows it under. */
  readonly formerModule: string;
}

/**
 * One GitLab runner: its Helm release, whose managers take jobs and run each in a pod, and how the managers scale, survive drains
 * and are watched. The deployment, its pods' labels `app` and `release`, and the service account all have the runner's name.
 */
export class GitlabRunner extends Construct {
  readonly releaseName: string;

  constructor(scope: Construct, id: string, props: GitlabRunnerProps) {
    super(scope, id);
    const { name, namespace, autoscaling, formerModule } = props;
    const release = new Release(this, "resource", {
      name,
      repository: "https://charts.gitlab.io",
      chart: "gitlab-runner",
      version: chartVersion,
      namespace,
      createNamespace: false,
      // A rollout waits for running jobs.
      timeout: 600,
      set: chartSettings(props),
      setSensitive: [{ name: "runnerToken", value: props.token }],
      values: [
        yamlEncoded(this, "configuration", { runners: { config: runnerToml(props) } }),
        ...(props.spreadToNodes
          ? [yamlEncoded(this, "spread", { podLabels: spreadLabels, affinity: { podAntiAffinity: awayFromManagers } })]
          : []),
      ],
      dependsOn: props.dependsOn,
    });
    movedFrom(release, `${formerModule}.helm_release.gitlab_runner`);
    this.releaseName = release.name;

    const managers = { name, namespace, labels: runnerLabels(props), dependsOn: [release] };
    if (autoscaling !== undefined)
      new GitlabRunnerAutoscaler(this, "autoscaler", { ...managers, ...autoscaling, formerModule });
    if (props.disruptionBudget) new GitlabRunnerDisruptionBudget(this, "disruption_budget", managers);
    if (props.monitoring !== undefined)
      new GitlabRunnerMonitoring(this, "monitoring", { ...managers, selectedBy: props.monitoring.labels });
  }
}

/** Labels of everything that belongs to a runner. */
export function runnerLabels(runner: { readonly name: string; readonly kind: string }): Record<string, string> {
  return {
    "app.kubernetes.io/name": "gitlab-runner",
    "app.kubernetes.io/instance": runner.name,
    "app.kubernetes.io/managed-by": "opentofu",
    "app.kubernetes.io/component": "runner-manager",
    "app.kubernetes.io/runner-type": runner.kind,
  };
}

const awayFromManagers = {
  preferredDuringSchedulingIgnoredDuringExecution: [
    {
      weight: 100,
      podAffinityTerm: { labelSelector: { matchLabels: spreadLabels }, topologyKey: "kubernetes.io/hostname" },
    },
  ],
};

function chartSettings(props: GitlabRunnerProps): ReleaseSet[] {
  const { requests, limits } = props.managerResources;
  const { privileged, tags } = kindTraits[props.kind];
  const settings: Readonly<Record<string, string>> = {
    // The chart would name the deployment <release>-gitlab-runner.
    fullnameOverride: props.name,
    gitlabUrl: props.gitlabUrl,
    concurrent: String(props.concurrentJobs),
    "rbac.create": "true",
    "rbac.clusterWideAccess": "false",
    "runners.privileged": String(privileged),
    // A comma separates settings in Helm's --set syntax.
    "runners.tags": tags.join("\\,"),
    "runners.runUntagged": "false",
    "runners.protected": "false",
    "resources.requests.cpu": requests.cpu,
    "resources.requests.memory": requests.memory,
    "resources.limits.cpu": limits.cpu,
    "resources.limits.memory": limits.memory,
    ...(props.managerPriorityClass === undefined ? {} : { priorityClassName: props.managerPriorityClass }),
    "metrics.enabled": "true",
  };
  return Object.entries(settings).map(([name, value]) => ({ name, value }));
}
