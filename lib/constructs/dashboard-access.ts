import { ClusterRole, type ClusterRoleRule } from "@cdktf/provider-kubernetes/lib/cluster-role";
import { ClusterRoleBinding } from "@cdktf/provider-kubernetes/lib/cluster-role-binding";
import { RoleBinding } from "@cdktf/provider-kubernetes/lib/role-binding";
import { ServiceAccount } from "@cdktf/provider-kubernetes/lib/service-account";
import { type TerraformResource } from "cdktf";
import { Construct } from "constructs";
import { movedFrom } from "./moved";

export interface DashboardAccessProps {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly runnersNamespace: string;
  readonly arcNamespaces: readonly string[];
  readonly formerModule: string;
}

const watch = ["get", "list", "watch"];

/** What the dashboard shows: runners, their autoscalers and budgets, Helm's release secrets, usage, and ARC's own kinds. */
const rules: ClusterRoleRule[] = [
  { apiGroups: [""], resources: ["pods", "pods/log", "services", "events", "namespaces"], verbs: watch },
  { apiGroups: ["apps"], resources: ["deployments", "replicasets"], verbs: watch },
  { apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"], verbs: watch },
  { apiGroups: ["policy"], resources: ["poddisruptionbudgets"], verbs: watch },
  { apiGroups: [""], resources: ["secrets"], verbs: ["list"] },
  { apiGroups: ["metrics.k8s.io"], resources: ["pods"], verbs: ["get", "list"] },
  {
    apiGroups: ["actions.github.com"],
    resources: ["autoscalingrunnersets", "ephemeralrunnersets", "ephemeralrunners"],
    verbs: watch,
  },
];

/** The dashboard's service account and its read access, cluster-wide and to the runners' namespaces. */
export class DashboardAccess extends Construct {
  readonly serviceAccount: ServiceAccount;

  constructor(scope: Construct, id: string, props: DashboardAccessProps) {
    super(scope, id);
    const { name, namespace, formerModule } = props;
    const labels = { ...props.labels };
    const former = (resource: TerraformResource, address: string) => movedFrom(resource, `${formerModule}.${address}`);

    this.serviceAccount = new ServiceAccount(this, "service_account", { metadata: { name, namespace, labels } });
    former(this.serviceAccount, "kubernetes_service_account.dashboard");

    const role = new ClusterRole(this, "reader", { metadata: { name: `${name}-reader`, labels }, rule: rules });
    former(role, "kubernetes_cluster_role.dashboard_reader");

    const grant = {
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role.metadata.name },
      subject: [{ kind: "ServiceAccount", name: this.serviceAccount.metadata.name, namespace }],
    };
    const everywhere = new ClusterRoleBinding(this, "cluster_wide", {
      metadata: { name: `${name}-reader`, labels },
      ...grant,
    });
    former(everywhere, "kubernetes_cluster_role_binding.dashboard_reader");

    const inNamespace = (id: string, target: string) =>
      new RoleBinding(this, id, { metadata: { name: `${name}-reader`, namespace: target, labels }, ...grant });
    former(inNamespace("runners", props.runnersNamespace), "kubernetes_role_binding.runners_reader");
    for (const target of props.arcNamespaces)
      former(inNamespace(`arc_${target}`, target), `kubernetes_role_binding.arc_reader["${target}"]`);
  }
}
