/** How the kubernetes provider writes the API's fields, where it is not just snake_case. */

/** Blocks that may repeat: one by one in the provider, a list with a plural name in the API. */
const plurals: Readonly<Record<string, string>> = {
  container: "containers",
  init_container: "initContainers",
  volume: "volumes",
  volume_mount: "volumeMounts",
  volume_device: "volumeDevices",
  toleration: "tolerations",
  host_aliases: "hostAliases",
  topology_spread_constraint: "topologySpreadConstraints",
  readiness_gate: "readinessGates",
  image_pull_secret: "imagePullSecrets",
  http_header: "httpHeaders",
  match_expression: "matchExpressions",
  match_label_expressions: "matchLabelExpressions",
  node_selector_term: "nodeSelectorTerms",
  metric: "metrics",
  option: "options",
  sysctl: "sysctls",
  subject: "subjects",
  rule: "rules",
  volume_claim_template: "volumeClaimTemplates",
  env_from: "envFrom",
};

/** Names that depend on where they stand, as `parent.name`. */
const inPlace: Readonly<Record<string, string>> = {
  "container.port": "ports",
  "init_container.port": "ports",
  "spec.port": "ports",
  "http.path": "paths",
  "limit_range.limit": "limits",
  "spec.limit": "limits",
  "scale_up.policy": "policies",
  "scale_down.policy": "policies",
  "secret.items": "items",
  "pod_failure_policy.rule": "rules",
  "service_account.secret": "secrets",
};

const irregular: Readonly<Record<string, string>> = {
  cluster_ip: "clusterIP",
  cluster_ips: "clusterIPs",
  external_ips: "externalIPs",
  load_balancer_ip: "loadBalancerIP",
  host_ip: "hostIP",
  host_ipc: "hostIPC",
  host_pid: "hostPID",
  non_resource_urls: "nonResourceURLs",
  se_linux_options: "seLinuxOptions",
  cluster_role_selectors: "clusterRoleSelectors",
  persistent_volume_claim_retention_policy: "persistentVolumeClaimRetentionPolicy",
  target_ww_ns: "targetWWNs",
  timezone: "timeZone",
  run_as_username: "runAsUserName",
  disk_name: "diskName",
  data_disk_uri: "diskURI",
  volume_id: "volumeID",
  pd_id: "pdID",
  dataset_uuid: "datasetUUID",
};

/** The API's name of a provider's field; `parent` is the block it stands in. */
export function apiName(name: string, parent: string): string {
  return (
    inPlace[`${parent}.${name}`] ??
    plurals[name] ??
    irregular[name] ??
    name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
  );
}

/** Blocks that the recorded schema does not limit to one, and that the API has as one object. */
const single = new Set([
  "tcp_socket",
  "grpc",
  "rolling_update",
  "update_strategy",
  "scale_up",
  "scale_down",
  "post_start",
  "pre_stop",
  "projected",
  "persistent_volume_claim_retention_policy",
  "namespace_selector",
  "label_selector",
  "selector",
  "config_map",
  "secret",
]);

/** Lists of the API that have such a name: a service account's secrets, topology selectors. */
const listsAfterAll = new Set(["service_account.secret", "pod_affinity_term.namespaces"]);

export function isSingle(
  name: string,
  parent: string,
  schema: { readonly nesting_mode?: string; readonly max_items?: number },
): boolean {
  if (listsAfterAll.has(`${parent}.${name}`)) return false;
  return schema.max_items === 1 || schema.nesting_mode === "single" || single.has(name);
}

/** Fields that tell the provider what to do, or that a server fills: no part of a manifest. */
export const providerOnly: ReadonlySet<string> = new Set([
  ...[
    "id",
    "timeouts",
    "status",
    "wait_for_rollout",
    "wait_for_completion",
    "wait_for_load_balancer",
    "wait_until_bound",
    "wait_for_default_service_account",
    "wait_for_service_account_token",
    "default_secret_name",
  ],
  ...[
    "data_wo",
    "data_wo_revision",
    "binary_data_wo",
    "binary_data_wo_revision",
    "generation",
    "resource_version",
    "uid",
  ],
]);
