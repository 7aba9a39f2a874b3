import { Release } from "@cdktf/provider-helm/lib/release";
import { type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { arcChartRepository, arcControllerServiceAccount } from "./arc-controller";
import { type ContainerResources } from "./container-resources";
import { type ArcPlacement, listenerTemplate, runnerPlacement } from "./arc-placement";
import { type ArcRunnerVolume, runnerVolumes } from "./arc-runner-volumes";
import { yamlEncoded } from "./encode";
import { helmPlain, helmText } from "./helm-set";
import { movedFrom } from "./moved";
import { sensitive } from "./sensitive";

type ArcRunnerType = "nix" | "docker" | "dind";

/** The chart's two ways to run a workflow's containers: pods of their own, or a privileged Docker beside the runner. */
type ArcContainerMode = "kubernetes" | "dind";

/** Room on the node's disk. @default as much as there is */
interface NodeStorage {
  readonly "ephemeral-storage"?: string;
}

export interface ArcRunnerSetProps {
  /** The Helm release. */
  readonly name: string;
  /** What it registers as at GitHub. */
  readonly scaleSetName: string;
  /** The group it registers in. */
  readonly runnerGroup: string;
  readonly type: ArcRunnerType;
  /** @default dind for a dind runner, kubernetes for the others */
  readonly containerMode?: ArcContainerMode;
  /** @default GitHub's own runner image */
  readonly image?: string;
  readonly namespace: string;
  readonly controllerNamespace: string;
  readonly githubConfigUrl: string;
  /** Name of the Kubernetes secret with the GitHub App's credentials. */
  readonly githubConfigSecret: string;
  readonly minRunners: number;
  readonly maxRunners: number;
  readonly resources: { readonly [K in keyof ContainerResources]: ContainerResources[K] & NodeStorage };
  /** Names of pull secrets in the namespace. */
  readonly imagePullSecrets: readonly string[];
  /** The Attic server and cache of a nix runner; with the cache's public key a substituter of it. @default none */
  readonly attic?: { readonly server: string; readonly cache: string; readonly publicKey?: string };
  /** The Bazel remote cache, for nix and docker runners. @default none */
  readonly bazelCacheEndpoint?: string;
  /** What runners are told of how they build with Bazel: GF_BAZEL_SUBSTRATE_MODE, GF_FLYWHEEL_PROFILE_STATE. @default nothing */
  readonly bazelMode?: "executor-backed" | "shared-cache-backed";
  /** More variables, last in the runner's environment. */
  readonly environment?: readonly { readonly name: string; readonly value: string }[];
  /** Volumes of each runner's own. @default none */
  readonly volumes?: readonly ArcRunnerVolume[];
  /** Where runners, and the listener that takes their jobs, may run. */
  readonly placement: ArcPlacement;
  readonly dependsOn: ITerraformDependable[];
  /** The module state knows it under. */
  readonly formerModule: string;
}

/** GitHub's own image: it has the runner agent at /home/runner/run.sh. */
const defaultImage = "ghcr.io/actions/actions-runner:latest";

/** Version of the runner set's chart. */
const chartVersion = "0.13.1";

/** A scale set of GitHub Actions runners: one name in `runs-on`. */
export class ArcRunnerSet extends Construct {
  readonly releaseName: string;

  constructor(scope: Construct, id: string, props: ArcRunnerSetProps) {
    super(scope, id);
    const containerMode = props.containerMode ?? (props.type === "dind" ? "dind" : "kubernetes");
    const release = new Release(this, "resource", {
      name: props.name,
      repository: arcChartRepository,
      chart: "gha-runner-scale-set",
      version: chartVersion,
      namespace: props.namespace,
      timeout: 600,
      set: [
        helmText("githubConfigUrl", props.githubConfigUrl),
        helmText("githubConfigSecret", props.githubConfigSecret),
        helmText("runnerScaleSetName", props.scaleSetName),
        helmText("runnerGroup", props.runnerGroup),
        ...helmPlain({ minRunners: String(props.minRunners), maxRunners: String(props.maxRunners) }),
        // Named, because the chart can't guess it where a cluster has two controllers.
        helmText("controllerServiceAccount.namespace", props.controllerNamespace),
        ...helmPlain({
          "controllerServiceAccount.name": arcControllerServiceAccount,
          "containerMode.type": containerMode,
        }),
      ],
      // Whether there are pull secrets hangs on a secret.
      values: [
        sensitive(
          yamlEncoded(this, "values", {
            template: { spec: podSpec(props, containerMode) },
            ...listenerTemplate(props.placement),
          }),
        ),
      ],
      dependsOn: props.dependsOn,
    });
    movedFrom(release, `${props.formerModule}.helm_release.arc_runner`);
    this.releaseName = release.name;
  }
}

function podSpec(props: ArcRunnerSetProps, containerMode: ArcContainerMode): object {
  const env = environment(props, containerMode);
  const image = props.image ?? defaultImage;
  const { mounts, ...volumes } = runnerVolumes(props.volumes ?? [], image);
  return {
    containers: [
      {
        name: "runner",
        image,
        command: ["/home/runner/run.sh"],
        resources: props.resources,
        ...(env.length > 0 ? { env } : {}),
        ...(mounts.length > 0 ? { volumeMounts: mounts } : {}),
      },
    ],
    ...volumes,
    ...(props.imagePullSecrets.length > 0
      ? { imagePullSecrets: props.imagePullSecrets.map((name) => ({ name })) }
      : {}),
    ...runnerPlacement(props.placement),
  };
}

function environment(
  props: ArcRunnerSetProps,
  containerMode: ArcContainerMode,
): readonly { name: string; value: string }[] {
  const { type, attic, bazelCacheEndpoint, bazelMode } = props;
  const variables: [string, string][] = [];
  if (type === "nix") variables.push(["NIX_CONFIG", nixConfiguration(attic)]);
  if (type === "nix" && attic !== undefined) {
    variables.push(["ATTIC_SERVER", attic.server], ["ATTIC_CACHE", attic.cache]);
    if (attic.publicKey !== undefined) variables.push(["ATTIC_PUBLIC_KEY", attic.publicKey]);
  }
  if (type !== "dind" && bazelCacheEndpoint !== undefined) variables.push(["BAZEL_REMOTE_CACHE", bazelCacheEndpoint]);
  if (type !== "dind" && bazelMode !== undefined)
    variables.push(["GF_BAZEL_SUBSTRATE_MODE", bazelMode], ["GF_FLYWHEEL_PROFILE_STATE", bazelMode]);
  // The Docker beside the runner listens on plain TCP inside the pod.
  if (containerMode === "dind") variables.push(["DOCKER_HOST", "tcp://localhost:2375"], ["DOCKER_TLS_CERTDIR", ""]);
  return [...variables.map(([name, value]) => ({ name, value })), ...(props.environment ?? [])];
}

/** Nix trusts a substituter by its key: without one the cache is left to what a workflow does with it. */
function nixConfiguration(attic: ArcRunnerSetProps["attic"]): string {
  return [
    "experimental-features = nix-command flakes",
    ...(attic?.publicKey === undefined
      ? []
      : [`extra-substituters = ${attic.server}/${attic.cache}`, `extra-trusted-public-keys = ${attic.publicKey}`]),
  ].join("\n");
}
