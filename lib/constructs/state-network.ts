import {
  NetworkPolicy,
  type NetworkPolicySpecEgress,
  type NetworkPolicySpecIngress,
} from "@cdktf/provider-kubernetes/lib/network-policy";
import { type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { nameLookup, namespaceNamed, tcp } from "./network-peers";

/** Where the object store is, as a network sees it. */
export interface StorePlace {
  /** Labels of its pods and their namespace, where they are ours. */
  readonly pods?: { readonly labels: Readonly<Record<string, string>>; readonly namespace: string };
  /** Its namespace, where it is a service of the cluster. */
  readonly namespace?: string;
  readonly port: number;
}

export interface StateNetworkProps {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly server: { readonly labels: Readonly<Record<string, string>>; readonly port: number };
  /** Labels of the jobs' pods. */
  readonly jobs: Readonly<Record<string, string>>;
  readonly store: StorePlace;
  /** Ports that the jobs reach anywhere: a backup's target, an API server. */
  readonly jobPorts: readonly number[];
  /** Namespaces whose pods may reach the server: the proxy before it, Prometheus, clients. */
  readonly serverClients: readonly string[];
  /** Namespaces whose pods may reach the store itself, beside server and jobs. */
  readonly storeClients: readonly string[];
  /** Namespaces of runners that run what nobody has reviewed: they reach neither. */
  readonly closedNamespaces: readonly string[];
  /** Addresses of the cluster's pods and services. */
  readonly clusterCidrs: readonly string[];
  readonly dependsOn: ITerraformDependable[];
}

/** Who may reach whom. What no policy allows is refused, where the cluster's network enforces policies. */
export class StateNetwork extends Construct {
  constructor(scope: Construct, id: string, props: StateNetworkProps) {
    super(scope, id);
    const { name, namespace, labels, dependsOn } = props;
    const policy = (part: string, spec: Spec, into = namespace) =>
      new NetworkPolicy(this, part, {
        metadata: { name: `${name}-${part.replaceAll("_", "-")}`, namespace: into, labels: { ...labels } },
        spec,
        ...(into === namespace ? { dependsOn } : {}),
      });

    policy("nothing_else", { podSelector: {}, policyTypes: ["Ingress", "Egress"] });
    policy("server", {
      podSelector: { matchLabels: { ...props.server.labels } },
      policyTypes: ["Ingress", "Egress"],
      ingress: [serverClients(props)],
      egress: [nameLookup, toStore(props.store)],
    });
    policy("jobs", {
      podSelector: { matchLabels: { ...props.jobs } },
      policyTypes: ["Ingress", "Egress"],
      egress: [
        nameLookup,
        toStore(props.store),
        { to: [own(props.server.labels)], ports: tcp(props.server.port) },
        ...(props.jobPorts.length === 0 ? [] : [{ ports: tcp(...props.jobPorts) }]),
      ],
    });
    const { pods, port } = props.store;
    if (pods !== undefined)
      policy(
        "store",
        {
          podSelector: { matchLabels: { ...pods.labels } },
          policyTypes: ["Ingress", "Egress"],
          ingress: [storeClients(props, port)],
          egress: [nameLookup],
        },
        pods.namespace,
      );
    const storeNamespace = pods?.namespace ?? props.store.namespace;
    const shut = [...new Set([namespace, ...(storeNamespace === undefined ? [] : [storeNamespace])])];
    for (const closed of props.closedNamespaces)
      policy(`closed_${closed}`, { podSelector: {}, policyTypes: ["Egress"], egress: outside(shut, props) }, closed);
  }
}

interface Spec {
  readonly podSelector: { readonly matchLabels?: Record<string, string> };
  readonly policyTypes: string[];
  readonly ingress?: NetworkPolicySpecIngress[];
  readonly egress?: NetworkPolicySpecEgress[];
}

const own = (labels: Readonly<Record<string, string>>) => ({ podSelector: { matchLabels: { ...labels } } });
const inNamespace = (name: string) => ({ namespaceSelector: namespaceNamed(name) });

function serverClients({ jobs, server, serverClients: clients }: StateNetworkProps): NetworkPolicySpecIngress {
  return { from: [own(jobs), ...clients.map(inNamespace)], ports: tcp(server.port) };
}

/** Pods of the authority, also from beside the store's namespace. */
function storeClients(props: StateNetworkProps, port: number): NetworkPolicySpecIngress {
  const ours = [props.server.labels, props.jobs].map((labels) => ({
    ...inNamespace(props.namespace),
    ...own(labels),
  }));
  return { from: [...ours, ...props.storeClients.map(inNamespace)], ports: tcp(port) };
}

function toStore({ pods, namespace, port }: StorePlace): NetworkPolicySpecEgress {
  if (pods !== undefined) return { to: [{ ...inNamespace(pods.namespace), ...own(pods.labels) }], ports: tcp(port) };
  // A policy is about pods and their ports, and only the service is known: every port of its namespace.
  if (namespace !== undefined) return { to: [inNamespace(namespace)] };
  return { ports: tcp(port) };
}

/** Everything but these namespaces: pods by their namespaces, and the world outside the cluster by its addresses. */
function outside(shut: readonly string[], { clusterCidrs }: StateNetworkProps): NetworkPolicySpecEgress[] {
  const others = [{ key: "kubernetes.io/metadata.name", operator: "NotIn", values: [...shut] }];
  return [
    { to: [{ namespaceSelector: { matchExpressions: others } }] },
    { to: [{ ipBlock: { cidr: "0.0.0.0/0", except: [...clusterCidrs] } }] },
  ];
}
