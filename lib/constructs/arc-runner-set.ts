import { Release } from "@cdktf/provider-helm/lib/release";
import { type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { arcChartRepository, arcControllerServiceAccount } from "./arc-controller";
import { type ContainerResources } from "./container-resources";
import { yamlEncoded } from "./encode";
import { movedFrom } from "./moved";
import { sensitive } from "./sensitive";

export type ArcRunnerType = "nix" | "docker" | "dind";

/** The chart's two ways to run a workflow's containers: pods of their own, or a privileged Docker beside the runner. */
export type ArcContainerMode = "kubernetes" | "dind";

export interface ArcRunnerSetProps {
  /** The Helm release. */
  readonly name: string;
  /** What workflows name in `runs-on`. */
  readonly label: string;
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
  readonly resources: ContainerResources;
  /** Names of pull secrets in the namespace. */
  readonly imagePullSecrets: readonly string[];
  /** The Attic server and cache that a nix runner substitutes from. @default none */
  readonly attic?: { readonly server: string; readonly cache: string };
  /** The Bazel remote cache, for nix and docker runners. @default none */
  readonly bazelCacheEndpoint?: string;
  readonly dependsOn: ITerraformDependable[];
  /** The module state knows it under. */
  readonly formerModule: string;
}

/** GitHub's own image: it has the runner agent at /home/runner/run.sh. */
const defaultImage = "ghcr.io/actions/actions-runner:latest";

/** Version of the runner set's chart. */
const chartVersion = "0.13.1";

/** A scale set of GitHub Actions runners: one `runs-on` label. */
export class ArcRunnerSet extends Construct {
  readonly releaseName: string;

  constructor(scope: Construct, id: string, props: ArcRunnerSetProps) {
    super(scope, id);
    const containerMode = props.containerMode ?? (props.type === "dind" ? "dind" : "kubernetes");
    const settings: Readonly<Record<string, string>> = {
      githubConfigUrl: props.githubConfigUrl,
      githubConfigSecret: props.githubConfigSecret,
      runnerScaleSetName: props.label,
      runnerGroup: "default",
      minRunners: String(props.minRunners),
      maxRunners: String(props.maxRunners),
      // Named, because the chart can't guess it where a cluster has two controllers.
      "controllerServiceAccount.namespace": props.controllerNamespace,
      "controllerServiceAccount.name": arcControllerServiceAccount,
      "containerMode.type": containerMode,
    };
    const release = new Release(this, "resource", {
      name: props.name,
      repository: arcChartRepository,
      chart: "gha-runner-scale-set",
      version: chartVersion,
      namespace: props.namespace,
      timeout: 600,
      set: Object.entries(settings).map(([name, value]) => ({ name, value })),
      // Whether there are pull secrets hangs on a secret.
      values: [sensitive(yamlEncoded(this, "values", { template: { spec: podSpec(props, containerMode) } }))],
      dependsOn: props.dependsOn,
    });
    movedFrom(release, `${props.formerModule}.helm_release.arc_runner`);
    this.releaseName = release.name;
  }
}

function podSpec(props: ArcRunnerSetProps, containerMode: ArcContainerMode): object {
  const env = environment(props, containerMode);
  return {
    containers: [
      {
        name: "runner",
        image: props.image ?? defaultImage,
        command: ["/home/runner/run.sh"],
        resources: props.resources,
        ...(env.length > 0 ? { env } : {}),
      },
    ],
    ...(props.imagePullSecrets.length > 0
      ? { imagePullSecrets: props.imagePullSecrets.map((name) => ({ name })) }
      : {}),
  };
}

function environment(
  props: ArcRunnerSetProps,
  containerMode: ArcContainerMode,
): readonly { name: string; value: string }[] {
  const { type, attic, bazelCacheEndpoint } = props;
  const variables: [string, string][] = [];
  if (type === "nix") variables.push(["NIX_CONFIG", "experimental-features = nix-command flakes"]);
  if (type === "nix" && attic !== undefined)
    variables.push(["ATTIC_SERVER", attic.server], ["ATTIC_CACHE", attic.cache]);
  if (type !== "dind" && bazelCacheEndpoint !== undefined) variables.push(["BAZEL_REMOTE_CACHE", bazelCacheEndpoint]);
  // The Docker beside the runner listens on plain TCP inside the pod.
  if (containerMode === "dind") variables.push(["DOCKER_HOST", "tcp://localhost:2375"], ["DOCKER_TLS_CERTDIR", ""]);
  return variables.map(([name, value]) => ({ name, value }));
}
