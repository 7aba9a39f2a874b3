import { type Filler, digest, uuidOf } from "./apply";
import { same } from "./equality";
import { type Path } from "./replace";
import { type Value, type ValueMap, firstBlock, textOf } from "./values";

/** What an API server writes into a field that is not set. Read off real states (Kubernetes 1.37). */
const SERVER_DEFAULTS: Readonly<Record<string, Value>> = {
  image_pull_policy: "IfNotPresent",
  termination_message_policy: "File",
  scheduler_name: "default-scheduler",
  completion_mode: "NonIndexed",
  internal_traffic_policy: "Cluster",
  ip_families: ["IPv4"],
  ip_family_policy: "SingleStack",
  status: [{ load_balancer: [{ ingress: [] }] }],
};

/**
 * Values for what the API server decides. Those that identify an object are made of its type, namespace and name, so they are
 * stable and differ between objects; they are not the real ones.
 */
export function kubernetesFiller(type: string, planned: ValueMap): Filler {
  const metadata = firstBlock(planned["metadata"]);
  const id = objectId(type, metadata);
  return ({ path, name, around }) => {
    if (path === "id") return id;
    if (name === "cluster_ip") return clusterIp(id);
    if (name === "cluster_ips") return [textOf(around["cluster_ip"]) || clusterIp(id)];
    if (name === "api_group" && textOf(around["kind"]) !== "ServiceAccount") return "rbac.authorization.k8s.io";
    if (name === "status" && !/service|ingress/.test(type)) return undefined;
    return identity(type, id, path, metadata) ?? SERVER_DEFAULTS[name];
  };
}

/** The metadata of the object itself; the metadata of a pod template has none of this. */
function identity(type: string, id: string, path: string, metadata: ValueMap): Value | undefined {
  if (path === "metadata[*].name") return nameOf(type, metadata);
  if (path === "metadata[*].uid") return uuidOf(type, id);
  if (path === "metadata[*].resource_version") return String(parseInt(digest(type, id, "version").slice(0, 6), 16));
  if (path === "metadata[*].generation") return 1;
  return undefined;
}

function nameOf(type: string, metadata: ValueMap): string {
  return (
    textOf(metadata["name"]) ||
    `${textOf(metadata["generate_name"])}${digest(type, textOf(metadata["generate_name"])).slice(0, 5)}`
  );
}

/** `namespace/name`, or the name alone for what belongs to no namespace. */
function objectId(type: string, metadata: ValueMap): string {
  const name = nameOf(type, metadata);
  return "namespace" in metadata ? `${textOf(metadata["namespace"]) || "default"}/${name}` : name;
}

function clusterIp(id: string): string {
  const [third, fourth] = Buffer.from(digest("cluster-ip", id), "hex");
  return `10.96.${third}.${fourth}`;
}

/** An immutable Secret or ConfigMap cannot change: its contents, and the flag itself, replace it. */
export function immutableReplacements(prior: ValueMap, planned: ValueMap): Path[] {
  if (prior["immutable"] !== true) return [];
  return ["data", "binary_data", "immutable"]
    .filter((name) => !same(prior[name] ?? null, planned[name] ?? null))
    .map((name) => [name]);
}
