import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1";
import { type App } from "cdktf";
import { type InstanceOf } from "../lib/config/load";
import { type ArcRunnersSettings, arcRunnersSettings } from "../lib/config/stacks/arc-runners";
import { ArcController } from "../lib/constructs/arc-controller";
import { ArcRunnerSet, type ArcRunnerSetProps } from "../lib/constructs/arc-runner-set";
import { BaseStack, type BaseStackProps } from "../lib/constructs/base-stack";
import { Cluster } from "../lib/constructs/cluster";
import { resourcesOf } from "../lib/constructs/container-resources";
import { literal } from "../lib/constructs/escape";
import { movedFrom } from "../lib/constructs/moved";
import { pullSecretName, RegistryPullSecret } from "../lib/constructs/registry-pull-secret";

type SharedProps = Pick<ArcRunnerSetProps, "namespace" | "controllerNamespace" | "imagePullSecrets" | "dependsOn">;

/** GitHub Actions runners: the controller, the built-in runner sets (nix, docker, dind), and the extra ones. */
export class ArcRunnersStack extends BaseStack {
  constructor(app: App, props: BaseStackProps<InstanceOf<"arc-runners">>) {
    super(app, props, arcRunnersSettings.secrets);
    const settings = literal(props.instance.settings);
    const token = this.secret("ghcr_token");
    const imagePullSecrets = token === undefined ? [] : [pullSecretName];

    new Cluster(this, "cluster", { cluster: props.instance.cluster, helm: true });
    const controller = settings.install_controller
      ? new ArcController(this, "controller", {
          namespace: settings.controller_namespace,
          createNamespace: settings.create_controller_namespace,
          chartVersion: settings.controller_chart_version,
          imagePullSecrets,
        })
      : undefined;
    const namespace = settings.create_runner_namespace ? [this.runnerNamespace(settings.runner_namespace)] : [];
    const afterController = controller?.dependables ?? [];
    const shared: SharedProps = {
      namespace: settings.runner_namespace,
      controllerNamespace: settings.controller_namespace,
      imagePullSecrets,
      dependsOn: [...afterController, ...namespace],
    };

    const nix = this.nixRunners(settings, shared);
    const docker = settings.deploy_docker_runner ? this.dockerRunners(settings, shared) : undefined;
    const dind = settings.deploy_dind_runner ? this.dindRunners(settings, shared) : undefined;
    for (const [name, set] of Object.entries(settings.extra_runner_sets)) this.extraRunners(name, set, shared);

    if (token !== undefined) {
      const pullSecret = {
        username: settings.ghcr_username,
        token,
        labels: labels("ghcr-auth", "registry-credentials"),
      };
      if (controller !== undefined) {
        new RegistryPullSecret(this, "controller_pull_secret", {
          ...pullSecret,
          namespace: settings.controller_namespace,
          dependsOn: afterController,
          formerly: "kubernetes_secret.ghcr_auth_controller[0]",
        });
      }
      new RegistryPullSecret(this, "runner_pull_secret", {
        ...pullSecret,
        namespace: settings.runner_namespace,
        dependsOn: namespace,
        formerly: "kubernetes_secret.ghcr_auth_runners[0]",
      });
    }

    this.output("controller_namespace", "Namespace of the controller", settings.controller_namespace);
    this.output(
      "controller_release",
      "Helm release of the controller; empty where another environment installs it",
      controller?.releaseName ?? "",
    );
    this.output("nix_runner_label", "runs-on label of the nix runners", "tinyland-nix");
    this.output("nix_runner_release", "Helm release of the nix runners", nix.releaseName);
    this.output(
      "docker_runner_label",
      "runs-on label of the docker runners; empty without them",
      docker === undefined ? "" : "tinyland-docker",
    );
    this.output(
      "docker_runner_release",
      "Helm release of the docker runners; empty without them",
      docker?.releaseName ?? "",
    );
    this.output(
      "dind_runner_label",
      "runs-on label of the dind runners; empty without them",
      dind === undefined ? "" : "tinyland-dind",
    );
    this.output("dind_runner_release", "Helm release of the dind runners; empty without them", dind?.releaseName ?? "");
    this.output("runner_namespace", "Namespace of the runner sets", settings.runner_namespace);
    this.output(
      "extra_runner_labels",
      "runs-on labels of the extra runner sets, by name",
      Object.fromEntries(Object.entries(settings.extra_runner_sets).map(([name, set]) => [name, set.runner_label])),
    );
  }

  private runnerNamespace(name: string): NamespaceV1 {
    const namespace = new NamespaceV1(this, "runner_namespace", {
      metadata: { name, labels: labels("arc-runners", "runner-pool") },
    });
    movedFrom(namespace, "kubernetes_namespace_v1.arc_runners[0]");
    return namespace;
  }

  private nixRunners(settings: ArcRunnersSettings, shared: SharedProps): ArcRunnerSet {
    return new ArcRunnerSet(this, "nix_runners", {
      ...shared,
      name: settings.nix_runner_name,
      label: "tinyland-nix",
      type: "nix",
      githubConfigUrl: settings.github_config_url,
      githubConfigSecret: settings.github_config_secret,
      minRunners: settings.nix_min_runners,
      maxRunners: settings.nix_max_runners,
      resources: resourcesOf(settings, "nix_"),
      attic: atticOf(settings),
      bazelCacheEndpoint: settings.bazel_cache_endpoint || undefined,
      formerModule: "module.gh_nix",
    });
  }

  private dockerRunners(settings: ArcRunnersSettings, shared: SharedProps): ArcRunnerSet {
    return new ArcRunnerSet(this, "docker_runners", {
      ...shared,
      name: settings.docker_runner_name,
      label: "tinyland-docker",
      type: "docker",
      githubConfigUrl: settings.github_config_url,
      githubConfigSecret: settings.github_config_secret,
      minRunners: settings.docker_min_runners,
      maxRunners: settings.docker_max_runners,
      resources: resourcesOf(settings, "docker_"),
      bazelCacheEndpoint: settings.bazel_cache_endpoint || undefined,
      formerModule: "module.gh_docker[0]",
    });
  }

  private dindRunners(settings: ArcRunnersSettings, shared: SharedProps): ArcRunnerSet {
    return new ArcRunnerSet(this, "dind_runners", {
      ...shared,
      name: settings.dind_runner_name,
      label: "tinyland-dind",
      type: "dind",
      githubConfigUrl: settings.github_config_url,
      githubConfigSecret: settings.github_config_secret,
      minRunners: settings.dind_min_runners,
      maxRunners: settings.dind_max_runners,
      resources: resourcesOf(settings, "dind_"),
      formerModule: "module.gh_dind[0]",
    });
  }

  private extraRunners(name: string, set: ArcRunnersSettings["extra_runner_sets"][string], shared: SharedProps): void {
    new ArcRunnerSet(this, `extra_runners_${name}`, {
      ...shared,
      name,
      label: set.runner_label,
      type: set.runner_type,
      containerMode: set.container_mode || undefined,
      image: set.runner_image || undefined,
      githubConfigUrl: set.github_config_url,
      githubConfigSecret: set.github_config_secret,
      minRunners: set.min_runners,
      maxRunners: set.max_runners,
      resources: resourcesOf(set, ""),
      attic: atticOf(set),
      bazelCacheEndpoint: set.bazel_cache_endpoint || undefined,
      formerModule: `module.extra_runners["${name}"]`,
    });
  }
}

function atticOf(settings: {
  readonly attic_server: string;
  readonly attic_cache: string;
}): ArcRunnerSetProps["attic"] {
  return settings.attic_server === "" ? undefined : { server: settings.attic_server, cache: settings.attic_cache };
}

function labels(name: string, component: string): Record<string, string> {
  return {
    "app.kubernetes.io/name": name,
    "app.kubernetes.io/component": component,
    "app.kubernetes.io/managed-by": "opentofu",
  };
}
