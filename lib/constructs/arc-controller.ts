import { Release } from "@cdktf/provider-helm/lib/release";
import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1";
import { type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { controllerReleaseName } from "../config/stacks/arc-runners-rules";
import { helmKey, helmPlain, helmText } from "./helm-set";
import { movedFrom } from "./moved";
import { sensitive } from "./sensitive";

/** Where GitHub publishes the controller's and the runners' charts. */
export const arcChartRepository = "oci://ghcr.io/actions/actions-runner-controller-charts";

/** The runner sets are served by the service account that the chart names after the controller's release. */
export const arcControllerServiceAccount = `${controllerReleaseName}-gha-rs-controller`;

export interface ArcControllerProps {
  readonly namespace: string;
  readonly createNamespace: boolean;
  readonly chartVersion: string;
  /** Names of pull secrets in the namespace. */
  readonly imagePullSecrets: readonly string[];
  /** Labels of the nodes its pods run on. @default any node */
  readonly nodeSelector: Readonly<Record<string, string>>;
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
      name: controllerReleaseName,
      repository: arcChartRepository,
      chart: "gha-runner-scale-set-controller",
      version: props.chartVersion,
      namespace: props.namespace,
      timeout: 600,
      set: [
        ...helmPlain(settings),
        ...Object.entries(props.nodeSelector).map(([key, value]) => helmText(helmKey("nodeSelector", key), value)),
      ],
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
          "app.kubernetes.io/instance": controllerReleaseName,
          "app.kubernetes.io/managed-by": "opentofu",
          "app.kubernetes.io/component": "runner-controller",
        },
      },
    });
    movedFrom(namespace, "module.arc_controller.kubernetes_namespace_v1.arc_systems[0]");
    return namespace;
  }
}
