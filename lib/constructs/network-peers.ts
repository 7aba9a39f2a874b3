/** TCP ports as a policy lists them. */
export const tcp = (...ports: readonly number[]) => ports.map((port) => ({ protocol: "TCP", port: String(port) }));

/** Every pod of the namespace with this name. */
export const namespaceNamed = (name: string) => ({ matchLabels: { "kubernetes.io/metadata.name": name } });

/** Names are looked up at the cluster's own servers, wherever they run. */
export const nameLookup = {
  to: [{ namespaceSelector: {}, podSelector: { matchLabels: { "k8s-app": "kube-dns" } } }],
  ports: [{ protocol: "UDP", port: "53" }, ...tcp(53)],
};
