import { type PlanDocument } from "../../../planning/preview/plan-document";
import { convert } from "../../../planning/manifests/convert";
import { kindOfType } from "../../../planning/manifests/kinds";
import { manifestsOf, masked } from "../../../planning/manifests/manifests";
import { recordedProviders } from "../../../planning/replay/schema";

describe("a planned resource as a manifest", () => {
  test("every recorded type but kubernetes_manifest has a kind", () => {
    const kubernetes = recordedProviders().find(({ address }) => address === "hashicorp/kubernetes");
    const types = Object.keys(kubernetes?.schema().resource_schemas ?? {});
    expect(types.filter((type) => kindOfType(type) === undefined)).toEqual(["kubernetes_manifest"]);
  });

  it("has the API's names, lists, numbers and permissions", () => {
    const values = {
      id: null,
      wait_for_rollout: true,
      timeouts: null,
      metadata: [
        { name: "x", namespace: "n", labels: { app: "x" }, annotations: null, generate_name: null, uid: "made-up" },
      ],
      spec: [
        {
          replicas: "2",
          selector: [{ match_labels: { app: "x" } }],
          strategy: [{ type: "RollingUpdate", rolling_update: [{ max_surge: "1", max_unavailable: "25%" }] }],
          template: [
            {
              metadata: [{ labels: { app: "x" } }],
              spec: [
                {
                  security_context: [{ run_as_user: "1000", fs_group: "0" }],
                  toleration: [{ key: "a", operator: "Exists", toleration_seconds: "30" }],
                  topology_spread_constraint: [
                    {
                      max_skew: 1,
                      topology_key: "zone",
                      when_unsatisfiable: "DoNotSchedule",
                      label_selector: [{ match_labels: { app: "x" } }],
                    },
                  ],
                  image_pull_secrets: [{ name: "pull" }],
                  init_container: [{ name: "first", image: "i", command: ["sh", "-c", ""] }],
                  container: [
                    {
                      name: "main",
                      image: "i",
                      args: [],
                      port: [{ name: "http", container_port: 80, protocol: "TCP" }],
                      env: [
                        { name: "A", value: "", value_from: [] },
                        { name: "B", value_from: [{ secret_key_ref: [{ name: "s", key: "k" }] }] },
                      ],
                      env_from: [{ config_map_ref: [{ name: "c" }] }],
                      readiness_probe: [{ http_get: [{ path: "/", port: "http" }], period_seconds: 5 }],
                      liveness_probe: [{ tcp_socket: [{ port: "80" }] }],
                      volume_mount: [{ name: "v", mount_path: "/v", read_only: true }],
                    },
                  ],
                  volume: [
                    { name: "v", empty_dir: [{}] },
                    { name: "w", secret: [{ secret_name: "s", default_mode: "0644" }] },
                  ],
                },
              ],
            },
          ],
        },
      ],
    };
    expect(convert("kubernetes_deployment", values)).toEqual({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "x", namespace: "n", labels: { app: "x" } },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: "x" } },
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: "25%" } },
        template: {
          metadata: { labels: { app: "x" } },
          spec: {
            securityContext: { runAsUser: 1000, fsGroup: 0 },
            tolerations: [{ key: "a", operator: "Exists", tolerationSeconds: 30 }],
            topologySpreadConstraints: [
              {
                maxSkew: 1,
                topologyKey: "zone",
                whenUnsatisfiable: "DoNotSchedule",
                labelSelector: { matchLabels: { app: "x" } },
              },
            ],
            imagePullSecrets: [{ name: "pull" }],
            initContainers: [{ name: "first", image: "i", command: ["sh", "-c", ""] }],
            containers: [
              {
                name: "main",
                image: "i",
                ports: [{ name: "http", containerPort: 80, protocol: "TCP" }],
                env: [{ name: "A" }, { name: "B", valueFrom: { secretKeyRef: { name: "s", key: "k" } } }],
                envFrom: [{ configMapRef: { name: "c" } }],
                readinessProbe: { httpGet: { path: "/", port: "http" }, periodSeconds: 5 },
                livenessProbe: { tcpSocket: { port: 80 } },
                volumeMounts: [{ name: "v", mountPath: "/v", readOnly: true }],
              },
            ],
            volumes: [
              { name: "v", emptyDir: {} },
              { name: "w", secret: { secretName: "s", defaultMode: 420 } },
            ],
          },
        },
      },
    });
  });

  it("keeps the empty api group of a rule, and the rules of roles and network policies", () => {
    expect(
      convert("kubernetes_role_v1", {
        metadata: [{ name: "r" }],
        rule: [{ api_groups: [""], resources: ["pods"], verbs: ["get"] }],
      }),
    ).toMatchObject({ rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] });
    const policy = {
      metadata: [{ name: "p" }],
      spec: [
        {
          pod_selector: [{}],
          policy_types: ["Ingress"],
          ingress: [
            {
              from: [{ namespace_selector: [{ match_labels: { a: "b" } }] }],
              ports: [{ port: "5432", protocol: "TCP" }],
            },
          ],
        },
      ],
    };
    expect(convert("kubernetes_network_policy", policy)).toMatchObject({
      spec: {
        podSelector: {},
        policyTypes: ["Ingress"],
        ingress: [
          { from: [{ namespaceSelector: { matchLabels: { a: "b" } } }], ports: [{ port: 5432, protocol: "TCP" }] },
        ],
      },
    });
  });
});

describe("what only some objects of a kind may have", () => {
  const service = (type: string) =>
    convert("kubernetes_service", {
      metadata: [{ name: "x" }],
      spec: [{ type, allocate_load_balancer_node_ports: true, health_check_node_port: 0, port: [{ port: 80 }] }],
    });

  it("is left out where the API refuses it: node ports of a load balancer", () => {
    expect(service("ClusterIP")).toMatchObject({ spec: { type: "ClusterIP", ports: [{ port: 80 }] } });
    expect(Object.keys(service("ClusterIP")?.["spec"] ?? {})).toEqual(["type", "ports"]);
    expect(service("LoadBalancer")).toMatchObject({ spec: { allocateLoadBalancerNodePorts: true } });
  });
});

describe("the manifests of a plan", () => {
  const resource = (type: string, values: object, sensitive: unknown = {}, unknown: unknown = {}) => ({
    planned: { address: `${type}.x`, mode: "managed", type, values },
    change: {
      address: `${type}.x`,
      mode: "managed",
      type,
      change: { actions: ["create"], before: null, after: values, after_sensitive: sensitive, after_unknown: unknown },
    },
  });
  const plan = (...resources: ReturnType<typeof resource>[]) =>
    ({
      planned_values: { root_module: { resources: resources.map(({ planned }) => planned) } },
      resource_changes: resources.map(({ change }) => change),
    }) as unknown as PlanDocument;

  it("never show what is secret, and say what an apply tells", () => {
    const { manifests, others } = manifestsOf(
      plan(
        resource("kubernetes_secret", { metadata: [{ name: "s" }], data: { key: "hunter2" } }),
        resource(
          "kubernetes_config_map",
          { metadata: [{ name: "c" }], data: { open: "yes", closed: "hunter2" } },
          { data: { closed: true } },
          { data: { later: true }, id: true },
        ),
        resource(
          "kubectl_manifest",
          { yaml_body: "apiVersion: v1\nkind: Secret\nmetadata: {name: t}\ndata: {a: aHVudGVyMg==}\n" },
          { yaml_body: true },
        ),
        resource("kubernetes_namespace", { metadata: [{ name: "n" }] }),
        resource("random_password", { result: "hunter2" }),
      ),
    );
    expect(JSON.stringify(manifests)).not.toMatch(/hunter2|aHVudGVyMg/);
    expect(manifests.map(({ address }) => address)).toEqual([
      "kubernetes_namespace.x",
      "kubectl_manifest.x",
      "kubernetes_config_map.x",
      "kubernetes_secret.x",
    ]);
    expect(manifests[2]?.manifest["data"]).toEqual({ open: "yes", closed: masked, later: "known-after-apply" });
    expect(others).toEqual([{ address: "random_password.x", type: "random_password" }]);
  });

  it.each([
    [
      "kubernetes.io/dockerconfigjson",
      ".dockerconfigjson",
      { auths: { masked: { username: masked, password: masked } } },
    ],
    ["kubernetes.io/dockercfg", ".dockercfg", { masked: { username: masked, password: masked } }],
  ])("a masked pull secret of type %s is still one that the API takes", (type, key, content) => {
    const data = { [key]: JSON.stringify({ auths: { "ghcr.io": { auth: "hunter2" } } }) };
    const encoded = Object.fromEntries(Object.entries(data).map(([name, text]) => [name, btoa(text)]));
    const yaml = JSON.stringify({ apiVersion: "v1", kind: "Secret", type, metadata: { name: "t" }, data: encoded });
    const { manifests } = manifestsOf(
      plan(
        resource("kubernetes_secret", { metadata: [{ name: "s" }], type, data }),
        resource("kubectl_manifest", { yaml_body: yaml }),
      ),
    );
    const shown = manifests.map(({ manifest }) => manifest);
    expect(shown.map(({ stringData }) => stringData)).toEqual([undefined, { [key]: JSON.stringify(content) }]);
    expect(shown[0]?.["data"]).toEqual({ [key]: btoa(JSON.stringify(content)) });
  });
});
