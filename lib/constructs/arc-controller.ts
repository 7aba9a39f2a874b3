import { Release } from "@cdktf/provider-helm/lib/release";
import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1";
import { type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { movedFrom } from "./moved";
import { sensitive } from "./sensitive";

/** Where GitHub publishes the controller's and the runners' charts. */
export const arcChartRepository = "oci://ghcr.io/actions/actions-runner-controller-charts";

/** The release name; the runner sets are served by the service account that the chart derives from it. */
const releaseName = "arc-controller";

export const arcControllerServiceAccount = `${releaseName}-gha-rs-controller`;

export interface ArcControllerProps {
  readonly namespace: string;
  readonly createNamespace: boolean;
  readonly chartVersion: string;
  /** Names of pull secrets in the namespace. */
  readonly imagePullSecrets: readonly string[];
}

/** The controller of GitHub's Actions Runner Controller: one a cluster, it brings the custom resource definitions. */
export class ArcController extends Construct {
  readonly releaseName: string;
  /** What must exist before anything that the controller serves. */
  readonly dependables: ITerraformDependable[];

  constructor(scope: Construct, id: string, props: ArcControllerProps) {
    super(scope, id);
    const namespace = props.createNamespace ? [this.namespace(props.namespace)] : [];
    const settings: Readonly<Record<string, string>> = {
      "resources.requests.cpu": "100m",
      "resources.requests.memory": "128Mi",
      "resources.limits.cpu": "250m",
      "resources.limits.memory": "256Mi",
      // `eventual` waits for running jobs before it replaces their runners.
      "flags.updateStrategy": "eventual",
      "flags.logLevel": "info",
      ...Object.fromEntries(
        props.imagePullSecrets.map((name, index) => [`imagePullSecrets[${index}].name`, sensitive(name)]),
      ),
    };
    const release = new Release(this, "resource", {
      name: releaseName,
      repository: arcChartRepository,
      chart: "gha-runner-scale-set-controller",
      version: props.chartVersion,
      namespace: props.namespace,
      timeout: 600,
      set: Object.entries(settings).map(([name, value]) => ({ name, value })),
      dependsOn: namespace,
    });
    movedFrom(release, "module.arc_controller.helm_release.arc_controller");
    this.releaseName = release.name;
    this.dependables = [...namespace, release];
  }

  private namespace(name: string): NamespaceV1 {
    const namespace = new NamespaceV1(this, "namespace", {
      metadata: {
        name,
        labels: {
          "app.kubernetes.io/name": "arc-controller",
          "app.kubernetes.io/instance": releaseName,
          "app.kubernetes.io/managed-by": "opentofu",
          "app.kubernetes.io/component": "runner-controller",
        },
      },
    });
    movedFrom(namespace, "module.arc_controller.kubernetes_namespace_v1.arc_systems[0]");
    return namespace;
  }
}
