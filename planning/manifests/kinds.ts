/** What a resource type of the kubernetes provider is to the API server. */
interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
}

const groups: Readonly<Record<string, readonly string[]>> = {
  v1: [
    "ConfigMap",
    "LimitRange",
    "Namespace",
    "PersistentVolumeClaim",
    "ResourceQuota",
    "Secret",
    "Service",
    "ServiceAccount",
  ],
  "apps/v1": ["DaemonSet", "Deployment", "StatefulSet"],
  "autoscaling/v2": ["HorizontalPodAutoscaler"],
  "batch/v1": ["CronJob", "Job"],
  "networking.k8s.io/v1": ["Ingress", "NetworkPolicy"],
  "policy/v1": ["PodDisruptionBudget"],
  "rbac.authorization.k8s.io/v1": ["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"],
  "scheduling.k8s.io/v1": ["PriorityClass"],
  "storage.k8s.io/v1": ["StorageClass"],
};

const kinds = new Map(
  Object.entries(groups).flatMap(([apiVersion, names]) =>
    names.map((kind): [string, Kind] => [kind.toLowerCase(), { apiVersion, kind }]),
  ),
);

/** The kind behind `kubernetes_config_map_v1`; undefined for what is no object of a kind we know. */
export function kindOfType(type: string): Kind | undefined {
  const [, name] = /^kubernetes_(.+?)(?:_v\d+(?:beta\d+)?)?$/.exec(type) ?? [];
  return name === undefined ? undefined : kinds.get(name.replaceAll("_", ""));
}
