import {
  NetworkPolicy,
  type NetworkPolicySpecEgress,
  type NetworkPolicySpecIngress,
} from "@cdktf/provider-kubernetes/lib/network-policy";
import { type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { movedFrom } from "./moved";
import { nameLookup, namespaceNamed, tcp } from "./network-peers";

export interface PostgresNetworkPolicyProps {
  /** Name of the cluster whose pods it is about. */
  readonly cluster: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly port: number;
  /** Namespaces whose pods may connect. */
  readonly clientNamespaces: readonly string[];
  /** Labels of the pods in the cluster's own namespace that may connect. */
  readonly clientLabels: Readonly<Record<string, string>>;
  readonly operatorNamespace: string;
  readonly monitoring: boolean;
  readonly backup: boolean;
  readonly dependsOn: ITerraformDependable[];
  readonly formerModule: string;
}

/** Where the operator's instances answer it, and where their exporter answers Prometheus. */
const operatorPort = 8000;
const exporterPort = 9187;
const prometheusNamespace = "monitoring";
/** The service address of the API server on k3s. */
const apiServer = "10.43.0.1/32";

/** Who may connect to a PostgreSQL cluster, and where its pods may connect to. */
export class PostgresNetworkPolicy extends Construct {
  constructor(scope: Construct, id: string, props: PostgresNetworkPolicyProps) {
    super(scope, id);
    const { cluster, namespace, dependsOn, formerModule } = props;
    const labels = { ...props.labels };
    const podSelector = { matchLabels: { "cnpg.io/cluster": cluster } };

    const ingress = new NetworkPolicy(this, "ingress", {
      metadata: { name: `${cluster}-ingress`, namespace, labels },
      spec: { podSelector, policyTypes: ["Ingress"], ingress: ingressRules(props, podSelector) },
      dependsOn,
    });
    movedFrom(ingress, `${formerModule}.kubernetes_network_policy.pg_ingress[0]`);

    const egress = new NetworkPolicy(this, "egress", {
      metadata: { name: `${cluster}-egress`, namespace, labels },
      spec: { podSelector, policyTypes: ["Egress"], egress: egressRules(props, podSelector) },
      dependsOn,
    });
    movedFrom(egress, `${formerModule}.kubernetes_network_policy.pg_egress[0]`);
  }
}

type Selector = { readonly matchLabels: Record<string, string> };

function ingressRules(props: PostgresNetworkPolicyProps, own: Selector): NetworkPolicySpecIngress[] {
  const { port, clientNamespaces, clientLabels, operatorNamespace } = props;
  const operator = {
    namespaceSelector: namespaceNamed(operatorNamespace),
    podSelector: { matchLabels: { "app.kubernetes.io/name": "cloudnative-pg" } },
  };
  return [
    { from: clientNamespaces.map((name) => ({ namespaceSelector: namespaceNamed(name) })), ports: tcp(port) },
    { from: [{ podSelector: { matchLabels: { ...clientLabels } } }], ports: tcp(port) },
    { from: [{ podSelector: own }], ports: tcp(port) },
    { from: [operator], ports: tcp(port, operatorPort) },
    ...(props.monitoring
      ? [{ from: [{ namespaceSelector: namespaceNamed(prometheusNamespace) }], ports: tcp(exporterPort) }]
      : []),
  ];
}

function egressRules({ port, backup }: PostgresNetworkPolicyProps, own: Selector): NetworkPolicySpecEgress[] {
  return [
    nameLookup,
    { to: [{ ipBlock: { cidr: apiServer } }], ports: tcp(443) },
    { to: [{ podSelector: own }], ports: tcp(port) },
    ...(backup ? [{ ports: tcp(443) }] : []),
  ];
}
