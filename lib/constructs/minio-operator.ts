import { Release } from "@cdktf/provider-helm/lib/release";
import { Namespace } from "@cdktf/provider-kubernetes/lib/namespace";
import { Resource } from "@cdktf/provider-null/lib/resource";
import { type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { yamlEncoded } from "./encode";
import { movedFrom } from "./moved";
import { clusterEnvironment, provision } from "./provision";

export interface MinioOperatorProps {
  readonly namespace: string;
  readonly createNamespace: boolean;
  readonly chartVersion: string;
  /** The kubeconfig context of the cluster. */
  readonly context: string;
}

const formerModule = "module.minio_operator[0]";

/** MinIO's operator: one a cluster, it brings the definition of `Tenant`. */
export class MinioOperator extends Construct {
  /** What must exist before any tenant. */
  readonly dependables: ITerraformDependable[];

  constructor(scope: Construct, id: string, props: MinioOperatorProps) {
    super(scope, id);
    const namespace = props.createNamespace ? [this.namespace(props.namespace)] : [];
    const values = {
      operator: {
        replicaCount: 1,
        resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { cpu: "500m", memory: "256Mi" } },
        securityContext: { runAsNonRoot: true, runAsUser: 1000, fsGroup: 1000 },
      },
      console: { enabled: false },
    };
    const release = new Release(this, "resource", {
      name: "minio-operator",
      repository: "https://operator.min.io",
      chart: "operator",
      version: props.chartVersion,
      namespace: props.namespace,
      createNamespace: !props.createNamespace,
      wait: true,
      timeout: 600,
      values: [yamlEncoded(this, "values", values)],
      dependsOn: namespace,
    });
    movedFrom(release, `${formerModule}.helm_release.minio_operator[0]`);

    const ready = new Resource(this, "ready", {
      dependsOn: [release],
      provisioners: [
        provision({ command: "await-crd tenants.minio.min.io", environment: clusterEnvironment(props.context) }),
      ],
    });
    movedFrom(ready, `${formerModule}.null_resource.wait_for_crd[0]`);
    this.dependables = [...namespace, release, ready];
  }

  private namespace(name: string): Namespace {
    const labels = {
      "app.kubernetes.io/name": "minio-operator",
      "app.kubernetes.io/component": "operator",
      "app.kubernetes.io/managed-by": "opentofu",
    };
    const namespace = new Namespace(this, "namespace", { metadata: { name, labels } });
    movedFrom(namespace, `${formerModule}.kubernetes_namespace.minio_operator[0]`);
    return namespace;
  }
}
