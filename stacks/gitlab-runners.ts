import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1";
import { type App, type ITerraformDependable } from "cdktf";
import { type InstanceOf } from "../lib/config/load";
import {
  type GitlabRunnersSettings,
  gitlabRunnersSettings,
  type RunnerKind,
} from "../lib/config/stacks/gitlab-runners";
import { BaseStack, type BaseStackProps } from "../lib/constructs/base-stack";
import { Cluster } from "../lib/constructs/cluster";
import { resourcesOf } from "../lib/constructs/container-resources";
import { literal } from "../lib/constructs/escape";
import { GitlabRunner, runnerLabels } from "../lib/constructs/gitlab-runner";
import { movedFrom } from "../lib/constructs/moved";
import { pullSecretName, RegistryPullSecret } from "../lib/constructs/registry-pull-secret";
import { RunnerCleanup } from "../lib/constructs/runner-cleanup";
import { sensitive } from "../lib/constructs/sensitive";

/** GitLab runners: nix, docker and dind, each a Helm release, and the job that reaps their pods. */
export class GitlabRunnersStack extends BaseStack {
  constructor(app: App, props: BaseStackProps<InstanceOf<"gitlab-runners">>) {
    super(app, props, gitlabRunnersSettings.secrets);
    const settings = literal(props.instance.settings);

    new Cluster(this, "cluster", { cluster: props.instance.cluster, helm: true });
    const namespace = settings.create_namespace ? [this.namespace(settings)] : [];

    const nix = this.runner("nix", "module.nix_runner", settings, namespace);
    const docker = settings.deploy_docker_runner
      ? this.runner("docker", "module.docker_runner[0]", settings, namespace)
      : undefined;
    const dind = settings.deploy_dind_runner
      ? this.runner("dind", "module.dind_runner[0]", settings, namespace)
      : undefined;

    const imagePullSecrets = this.pullSecrets(settings, namespace);
    if (settings.enable_runner_cleanup) {
      new RunnerCleanup(this, "runner_cleanup", {
        namespace: settings.namespace,
        image: settings.kubectl_image,
        imagePullSecrets,
        dependsOn: namespace,
        formerModule: "module.runner_cleanup[0]",
      });
    }

    this.output("nix_runner_namespace", "Namespace of the runners", settings.namespace);
    this.output("nix_runner_release", "Helm release of the nix runner", nix.releaseName);
    this.output(
      "docker_runner_release",
      "Helm release of the docker runner; empty without it",
      docker?.releaseName ?? "",
    );
    this.output("dind_runner_release", "Helm release of the dind runner; empty without it", dind?.releaseName ?? "");
  }

  private namespace(settings: GitlabRunnersSettings): NamespaceV1 {
    // The labels are the nix runner's, which is always there: state has them.
    const labels = runnerLabels({ name: settings.nix_runner_name, kind: "nix" });
    const namespace = new NamespaceV1(this, "namespace", { metadata: { name: settings.namespace, labels } });
    movedFrom(namespace, "module.nix_runner.kubernetes_namespace_v1.runner[0]");
    return namespace;
  }

  private runner(
    kind: RunnerKind,
    formerModule: string,
    settings: GitlabRunnersSettings,
    dependsOn: ITerraformDependable[],
  ): GitlabRunner {
    return new GitlabRunner(this, `${kind}_runner`, {
      kind,
      name: settings[`${kind}_runner_name`],
      namespace: settings.namespace,
      gitlabUrl: settings.gitlab_url,
      token: this.requiredSecret(`${kind}_runner_token`),
      concurrentJobs: settings[`${kind}_concurrent_jobs`],
      legacyExecStrategy: settings.use_legacy_exec_strategy,
      spreadToNodes: settings.spread_to_nodes,
      managerResources: resourcesOf(settings, "manager_"),
      managerPriorityClass: settings.manager_priority_class_name || undefined,
      jobResources: resourcesOf(settings, `${kind}_job_`),
      jobPriorityClass: settings.job_priority_class_name || undefined,
      attic: settings.attic_server === "" ? undefined : { server: settings.attic_server, cache: settings.attic_cache },
      autoscaling: settings[`${kind}_hpa_enabled`]
        ? { minReplicas: settings[`${kind}_hpa_min_replicas`], maxReplicas: settings[`${kind}_hpa_max_replicas`] }
        : undefined,
      disruptionBudget: settings.enable_pdb,
      monitoring: settings.enable_monitoring ? { labels: settings.monitoring_labels } : undefined,
      dependsOn,
      formerModule,
    });
  }

  /** Names of the pull secrets; made here where a token is given. */
  private pullSecrets(settings: GitlabRunnersSettings, dependsOn: ITerraformDependable[]): readonly string[] {
    const token = this.secret("ghcr_token");
    if (token === undefined) return [];
    new RegistryPullSecret(this, "pull_secret", {
      namespace: settings.namespace,
      labels: {
        "app.kubernetes.io/name": pullSecretName,
        "app.kubernetes.io/component": "registry-credentials",
        "app.kubernetes.io/managed-by": "opentofu",
      },
      username: settings.ghcr_username,
      token,
      dependsOn,
      formerly: "kubernetes_secret.ghcr_auth[0]",
    });
    return [sensitive(pullSecretName)];
  }
}
