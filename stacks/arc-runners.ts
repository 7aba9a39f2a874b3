import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1";
import { type App, DataResource } from "cdktf";
import { type InstanceOf } from "../lib/config/load";
import { type ArcRunnersSettings, arcRunnersSettings } from "../lib/config/stacks/arc-runners";
import { builtInLabels, nixVolumes, registrationsOf } from "../lib/config/stacks/arc-runners-rules";
import { ArcController } from "../lib/constructs/arc-controller";
import { ArcRunnerSet, type ArcRunnerSetProps } from "../lib/constructs/arc-runner-set";
import { type ArcPlacement } from "../lib/constructs/arc-placement";
import { type ArcRunnerVolume } from "../lib/constructs/arc-runner-volumes";
import { BaseStack, type BaseStackProps } from "../lib/constructs/base-stack";
import { Cluster } from "../lib/constructs/cluster";
import { resourcesOf } from "../lib/constructs/container-resources";
import { literal } from "../lib/constructs/escape";
import { movedFrom } from "../lib/constructs/moved";
import { pullSecretName, RegistryPullSecret } from "../lib/constructs/registry-pull-secret";

type SharedProps = Pick<
  ArcRunnerSetProps,
  "namespace" | "controllerNamespace" | "imagePullSecrets" | "runnerGroup" | "dependsOn"
>;

/** GitHub Actions runners: the controller, the built-in runner sets (nix, docker, dind), and the extra ones. */
export class ArcRunnersStack extends BaseStack {
  constructor(app: App, props: BaseStackProps<InstanceOf<"arc-runners">>) {
    super(app, props, arcRunnersSettings.secrets);
    const settings = literal(props.instance.settings);
    const token = this.secret("ghcr_token");
    const existing = settings.ghcr_pull_secret_name;
    const imagePullSecrets = [
      ...new Set([...(token === undefined ? [] : [pullSecretName]), ...(existing === "" ? [] : [existing])]),
    ];

    new Cluster(this, "cluster", { cluster: props.instance.cluster, helm: true });
    const controller = settings.install_controller
      ? new ArcController(this, "controller", {
          namespace: settings.controller_namespace,
          createNamespace: settings.create_controller_namespace,
          chartVersion: settings.controller_chart_version,
          imagePullSecrets,
          nodeSelector: settings.controller_node_selector,
        })
      : undefined;
    const namespace = settings.create_runner_namespace ? [this.runnerNamespace(settings.runner_namespace)] : [];
    const afterController = controller?.dependables ?? [];
    const shared: SharedProps = {
      namespace: settings.runner_namespace,
      controllerNamespace: settings.controller_namespace,
      imagePullSecrets,
      runnerGroup: settings.runner_group ?? "default",
      dependsOn: [...afterController, ...namespace],
    };

    const nix = this.nixRunners(settings, shared);
    const docker = settings.deploy_docker_runner ? this.dockerRunners(settings, shared) : undefined;
    const dind = settings.deploy_dind_runner ? this.dindRunners(settings, shared) : undefined;
    for (const [name, set] of Object.entries(settings.extra_runner_sets))
      this.extraRunners(name, set, settings, shared);

    this.runnerGroups(settings, shared.runnerGroup);

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
    this.output("nix_runner_label", "runs-on label of the nix runners", builtInLabels.nix);
    this.output("nix_runner_release", "Helm release of the nix runners", nix.releaseName);
    this.output(
      "docker_runner_label",
      "runs-on label of the docker runners; empty without them",
      docker === undefined ? "" : builtInLabels.docker,
    );
    this.output(
      "docker_runner_release",
      "Helm release of the docker runners; empty without them",
      docker?.releaseName ?? "",
    );
    this.output(
      "dind_runner_label",
      "runs-on label of the dind runners; empty without them",
      dind === undefined ? "" : builtInLabels.dind,
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
      scaleSetName: settings.nix_runner_scale_set_name || builtInLabels.nix,
      type: "nix",
      githubConfigUrl: settings.github_config_url,
      githubConfigSecret: settings.github_config_secret,
      minRunners: settings.nix_min_runners,
      maxRunners: settings.nix_max_runners,
      resources: nixResources(settings),
      attic: atticOf(settings, settings.attic_public_key),
      bazelCacheEndpoint: settings.bazel_cache_endpoint || undefined,
      bazelMode: bazelModeOf(settings, settings.bazel_cache_endpoint),
      environment: settings.nix_env_vars,
      volumes: nixVolumesOf(settings),
      placement: placementOf(settings, "nix"),
      formerModule: "module.gh_nix",
    });
  }

  private dockerRunners(settings: ArcRunnersSettings, shared: SharedProps): ArcRunnerSet {
    return new ArcRunnerSet(this, "docker_runners", {
      ...shared,
      name: settings.docker_runner_name,
      scaleSetName: settings.docker_runner_scale_set_name || builtInLabels.docker,
      type: "docker",
      githubConfigUrl: settings.github_config_url,
      githubConfigSecret: settings.github_config_secret,
      minRunners: settings.docker_min_runners,
      maxRunners: settings.docker_max_runners,
      resources: resourcesOf(settings, "docker_"),
      bazelCacheEndpoint: settings.bazel_cache_endpoint || undefined,
      bazelMode: bazelModeOf(settings, settings.bazel_cache_endpoint),
      placement: placementOf(settings, "docker"),
      formerModule: "module.gh_docker[0]",
    });
  }

  private dindRunners(settings: ArcRunnersSettings, shared: SharedProps): ArcRunnerSet {
    return new ArcRunnerSet(this, "dind_runners", {
      ...shared,
      name: settings.dind_runner_name,
      scaleSetName: settings.dind_runner_scale_set_name || builtInLabels.dind,
      type: "dind",
      githubConfigUrl: settings.github_config_url,
      githubConfigSecret: settings.github_config_secret,
      minRunners: settings.dind_min_runners,
      maxRunners: settings.dind_max_runners,
      resources: resourcesOf(settings, "dind_"),
      placement: placementOf(settings, "dind"),
      formerModule: "module.gh_dind[0]",
    });
  }

  /** The reviewed record of who may use the runners, and the groups as outputs, where the file says anything of groups. */
  private runnerGroups(settings: ArcRunnersSettings, group: string): void {
    const policy = settings.runner_group_policy;
    if (policy !== undefined) {
      const scaleSets = registrationsOf(settings).map(({ name }) => ({ group, name }));
      new DataResource(this, "runner_group_policy", {
        input: { policy, scale_sets: scaleSets, legacy_expires: "", legacy_reason: "", legacy_receipt: {} },
      });
    }
    // A state from before there were groups has no such outputs: a plan would show them as new.
    if (policy === undefined && settings.runner_group === undefined) return;
    this.output("nix_runner_group", "GitHub runner group of the nix runners", group);
    this.output(
      "docker_runner_group",
      "GitHub runner group of the docker runners; empty without them",
      settings.deploy_docker_runner ? group : "",
    );
    this.output(
      "dind_runner_group",
      "GitHub runner group of the dind runners; empty without them",
      settings.deploy_dind_runner ? group : "",
    );
    this.output(
      "extra_runner_groups",
      "GitHub runner groups of the extra runner sets, by name",
      Object.fromEntries(Object.keys(settings.extra_runner_sets).map((name) => [name, group])),
    );
  }

  private extraRunners(
    name: string,
    set: ArcRunnersSettings["extra_runner_sets"][string],
    settings: ArcRunnersSettings,
    shared: SharedProps,
  ): void {
    new ArcRunnerSet(this, `extra_runners_${name}`, {
      ...shared,
      name,
      scaleSetName: set.runner_scale_set_name || set.runner_label,
      type: set.runner_type,
      containerMode: set.container_mode || undefined,
      image: set.runner_image || undefined,
      githubConfigUrl: set.github_config_url,
      githubConfigSecret: set.github_config_secret,
      minRunners: set.min_runners,
      maxRunners: set.max_runners,
      resources: resourcesOf(set, ""),
      attic: atticOf(set, settings.attic_public_key),
      bazelCacheEndpoint: set.bazel_cache_endpoint || undefined,
      bazelMode: bazelModeOf(settings, set.bazel_cache_endpoint),
      placement: placementOf(settings, set.runner_type, set.node_selector),
      formerModule: `module.extra_runners["${name}"]`,
    });
  }
}

function atticOf(
  settings: { readonly attic_server: string; readonly attic_cache: string },
  publicKey: string,
): ArcRunnerSetProps["attic"] {
  if (settings.attic_server === "") return undefined;
  return {
    server: settings.attic_server,
    cache: settings.attic_cache,
    ...(publicKey === "" ? {} : { publicKey }),
  };
}

/** Runners are told of a mode only by files that know of it: older ones give the same environment as ever. */
function bazelModeOf(settings: ArcRunnersSettings, cacheEndpoint: string): ArcRunnerSetProps["bazelMode"] {
  const { bazel_executor_endpoint: executor, attic_public_key: key } = settings;
  if (executor !== undefined && executor !== "") return "executor-backed";
  const knowsOfModes = executor !== undefined || key !== "";
  return knowsOfModes && cacheEndpoint !== "" ? "shared-cache-backed" : undefined;
}

function nixResources(settings: ArcRunnersSettings): ArcRunnerSetProps["resources"] {
  const { requests, limits } = resourcesOf(settings, "nix_");
  const storage = (amount: string) => (amount === "" ? {} : { "ephemeral-storage": amount });
  return {
    requests: { ...requests, ...storage(settings.nix_ephemeral_storage_request) },
    limits: { ...limits, ...storage(settings.nix_ephemeral_storage_limit) },
  };
}

const usualVolumeSizes = { root: "64Gi", work: "32Gi", cache: "32Gi" } as const;

function nixVolumesOf(settings: ArcRunnersSettings): readonly ArcRunnerVolume[] {
  return nixVolumes
    .map((of) => ({
      of,
      storageClass: settings[`nix_${of}_volume_storage_class`],
      size: settings[`nix_${of}_volume_size`] || usualVolumeSizes[of],
    }))
    .filter(({ storageClass }) => storageClass !== "");
}

/** A set's own selector wins over the one of its kind, and that over the one of all. */
function placementOf(
  settings: ArcRunnersSettings,
  type: ArcRunnerSetProps["type"],
  own: Readonly<Record<string, string>> = {},
): ArcPlacement {
  const selectors = [
    own,
    ...(type === "nix" ? [settings.shared_nix_runner_node_selector] : []),
    settings.shared_runner_node_selector,
  ];
  return {
    runners: {
      nodeSelector: selectors.find((selector) => Object.keys(selector).length > 0) ?? {},
      tolerations: settings.shared_runner_tolerations,
      affinity: settings.shared_runner_affinity,
    },
    listener: { nodeSelector: settings.listener_node_selector, tolerations: settings.listener_tolerations },
  };
}

function labels(name: string, component: string): Record<string, string> {
  return {
    "app.kubernetes.io/name": name,
    "app.kubernetes.io/component": component,
    "app.kubernetes.io/managed-by": "opentofu",
  };
}
