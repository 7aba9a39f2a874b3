import { Release } from "@cdktf/provider-helm/lib/release";
import { Namespace } from "@cdktf/provider-kubernetes/lib/namespace";
import { type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { yamlEncoded } from "./encode";
import { movedFrom } from "./moved";

export interface CnpgOperatorProps {
  readonly namespace: string;
  readonly createNamespace: boolean;
  readonly chartVersion: string;
  /** Whether Prometheus' operator is there to scrape it. */
  readonly podMonitor: boolean;
}

const formerModule = "module.cnpg_operator[0]";
const nonRoot = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } };

/** CloudNativePG's operator: one a cluster, it brings the definitions of `Cluster` and `ScheduledBackup`. */
export class CnpgOperator extends Construct {
  /** What must exist before anything that the operator serves. */
  readonly dependables: ITerraformDependable[];

  constructor(scope: Construct, id: string, props: CnpgOperatorProps) {
    super(scope, id);
    const namespace = props.createNamespace ? [this.namespace(props.namespace)] : [];
    const failurePolicy = "Fail";
    const values = {
      replicaCount: 1,
      resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { cpu: "500m", memory: "256Mi" } },
      monitoring: { podMonitorEnabled: props.podMonitor, grafanaDashboard: { create: false } },
      securityContext: nonRoot,
      podSecurityContext: nonRoot,
      // Fail: an object that the webhook has not checked is not accepted.
      webhook: { mutating: { failurePolicy }, validating: { failurePolicy } },
      config: { ENABLE_INSTANCE_MANAGER_INPLACE_UPDATES: "true" },
    };
    const release = new Release(this, "resource", {
      name: "cnpg",
      namespace: props.namespace,
      repository: "https://cloudnative-pg.github.io/charts",
      chart: "cloudnative-pg",
      version: props.chartVersion,
      createNamespace: false,
      wait: true,
      waitForJobs: true,
      timeout: 600,
      values: [yamlEncoded(this, "values", values)],
      dependsOn: namespace,
    });
    movedFrom(release, `${formerModule}.helm_release.cnpg`);
    this.dependables = [...namespace, release];
  }

  private namespace(name: string): Namespace {
    const labels = {
      "app.kubernetes.io/name": "cloudnative-pg",
      "app.kubernetes.io/component": "operator",
      "app.kubernetes.io/managed-by": "opentofu",
    };
    const namespace = new Namespace(this, "namespace", { metadata: { name, labels } });
    movedFrom(namespace, `${formerModule}.kubernetes_namespace.cnpg_system[0]`);
    return namespace;
  }
}
