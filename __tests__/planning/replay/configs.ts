/** Small configurations of our own, in the JSON form of the engines' language. */

export function deployment(
  changes: { readonly image?: string; readonly cpu?: string; readonly name?: string; readonly replicas?: number } = {},
): object {
  const labels = { app: "web" };
  return {
    metadata: [{ name: changes.name ?? "web", namespace: "shop", labels }],
    spec: [
      {
        replicas: changes.replicas ?? 2,
        selector: [{ match_labels: labels }],
        template: [
          {
            metadata: [{ labels }],
            spec: [
              {
                container: [
                  {
                    name: "web",
                    image: changes.image ?? "nginx:1.27",
                    port: [{ container_port: 80 }],
                    resources: [{ limits: { cpu: changes.cpu ?? "1", memory: "1Gi" } }],
                  },
                ],
              },
            ],
          },
        ],
      },
    ],
  };
}

export function secret(data: Readonly<Record<string, string>>): object {
  return { metadata: [{ name: "web", namespace: "shop" }], data };
}

export function release(set: readonly (readonly [name: string, value: string])[]): object {
  return {
    name: "web",
    chart: "web",
    repository: "https://charts.example.org",
    version: "1.2.3",
    namespace: "shop",
    set: set.map(([name, value]) => ({ name, value })),
  };
}

export function roleBinding(subjects: readonly string[]): object {
  return {
    metadata: [{ name: "web", namespace: "shop" }],
    role_ref: [{ api_group: "rbac.authorization.k8s.io", kind: "Role", name: "web" }],
    subject: subjects.map((name) => ({ kind: "ServiceAccount", name, namespace: "shop" })),
  };
}

export function configMap(data: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): object {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "m", namespace: "shop", labels }, data };
}

export function manifest(kind: string, replicas: number): object {
  return {
    yaml_body: `apiVersion: example.org/v1\nkind: ${kind}\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  replicas: ${replicas}\n`,
  };
}

export const KUBECTL = { terraform: { required_providers: { kubectl: { source: "alekc/kubectl" } } } };
