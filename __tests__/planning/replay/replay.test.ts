import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { type ReplayServer, startReplay } from "../../../planning/replay/server";
import { KUBECTL, configMap, deployment, manifest, release, roleBinding, secret } from "./configs";
import { findEngine } from "../../support/engines";
import { Workspace } from "./engine";

const engine = findEngine().path;

describe("a real engine on replayed providers", () => {
  let server: ReplayServer;
  let workspace: Workspace;

  beforeAll(async () => {
    server = await startReplay();
  });
  afterAll(() => server.close());
  beforeEach(() => {
    workspace = new Workspace(engine, server.reattach);
  });
  afterEach(() => workspace.remove());

  async function applied(config: object): Promise<void> {
    const outcome = await workspace.configure(config).apply();
    if (outcome.code !== 0) throw new Error(outcome.text);
  }

  it("plans nothing on states that the real providers wrote, for each measured type", async () => {
    const fixtures = join(__dirname, "fixtures");
    workspace
      .copy(join(fixtures, "measured.tf.json"), "main.tf.json")
      .copy(join(fixtures, "measured.tfstate"), "terraform.tfstate");
    const changes = await workspace.plan();
    expect(Object.keys(changes)).toHaveLength(26);
    expect(Object.entries(changes).filter(([, change]) => change.actions.join() !== "no-op")).toEqual([]);
  });

  it("creates: what is set and defaults are known, what the server decides is known after apply, and then nothing is left to do", async () => {
    const config = {
      ...KUBECTL,
      resource: {
        kubernetes_deployment: { web: deployment() },
        kubernetes_secret: { web: secret({ token: "s3cret" }) },
        kubernetes_role_binding: { web: roleBinding(["a", "b"]) },
        kubernetes_service_account: { web: { metadata: [{ generate_name: "web-" }] } },
        kubernetes_manifest: {
          web: { manifest: configMap({ size: "1" }, { app: "web" }) },
        },
        kubectl_manifest: { web: manifest("Widget", 1) },
        helm_release: {
          web: release([
            ["a", "1"],
            ["b", "2"],
          ]),
        },
      },
      output: { secret: { value: "${kubernetes_secret.web.data.token}", sensitive: true } },
    };
    const changes = await workspace.configure(config).plan();
    const web = changes["kubernetes_deployment.web"];
    expect(web?.after).toMatchObject({
      spec: [
        { progress_deadline_seconds: 600, template: [{ spec: [{ container: [{ port: [{ protocol: "TCP" }] }] }] }] },
      ],
    });
    expect(web?.after_unknown).toMatchObject({ id: true, metadata: [{ uid: true }] });
    expect(changes["kubernetes_secret.web"]?.after_sensitive).toMatchObject({ data: true });
    expect(changes["helm_release.web"]?.after).toMatchObject({ status: "deployed" });
    const body = changes["kubectl_manifest.web"];
    expect(body?.after?.["yaml_body_parsed"]).toContain("kind: Widget");
    expect(body?.after_unknown).toMatchObject({ uid: true, yaml_incluster: true, live_manifest_incluster: true });
    const object = changes["kubernetes_manifest.web"];
    expect(object?.after?.["object"]).toEqual({
      apiVersion: "v1",
      kind: "ConfigMap",
      data: { size: "1" },
      metadata: { name: "m", namespace: "shop" },
    });
    expect(object?.after_unknown).toMatchObject({
      object: { metadata: { labels: true, annotations: true, uid: true } },
    });

    await applied(config);
    expect(workspace.attributes("kubernetes_deployment.web")).toMatchObject({
      id: "shop/web",
      metadata: [{ generation: 1 }],
    });
    expect(workspace.attributes("kubernetes_service_account.web")["id"]).toMatch(/^default\/web-\w{5}$/);
    expect(workspace.attributes("helm_release.web")).toMatchObject({ id: "web", status: "deployed" });
    expect(workspace.attributes("kubectl_manifest.web")).toMatchObject({
      id: "/apis/example.org/v1/namespaces/shop/widgets/web",
      kind: "Widget",
    });
    expect(workspace.attributes("kubernetes_manifest.web")["object"]).toMatchObject({
      value: { data: { size: "1" }, metadata: { name: "m", labels: { app: "web" }, annotations: null, uid: null } },
    });
    const again = await workspace.plan();
    expect(Object.values(again).map((change) => change.actions)).toEqual(Object.values(again).map(() => ["no-op"]));
  });

  it("knows on update what the real providers know, and no more", async () => {
    const resources = (token: string, size: string, app: string): object => ({
      kubernetes_secret: { web: secret({ name: "web", token }) },
      kubernetes_manifest: { web: { manifest: configMap({ size }, { app }) } },
      kubectl_manifest: { web: manifest("Widget", Number(size)) },
      null_resource: { a: {}, ...(app === "web" ? {} : { b: {} }) },
    });
    await applied({ ...KUBECTL, resource: resources("s3cret", "1", "web") });
    const next = { ...KUBECTL, resource: resources("${null_resource.b.id}", "2", "shop") };
    const changes = await workspace.configure(next).plan();
    // A map with one unknown value is unknown as a whole.
    expect(changes["kubernetes_secret.web"]?.after_unknown).toMatchObject({ data: true });
    const object = changes["kubernetes_manifest.web"];
    expect(object?.after?.["object"]).toMatchObject({ data: { size: "2" }, metadata: { name: "m", uid: null } });
    expect(object?.after_unknown).toMatchObject({ object: { metadata: { labels: true } } });
    const body = changes["kubectl_manifest.web"];
    expect(body?.after?.["yaml_body_parsed"]).toContain("replicas: 2");
    expect(body?.after_unknown).toEqual({});
    await applied(next);
    expect(workspace.attributes("kubernetes_secret.web")["data"]).toEqual({
      name: "web",
      token: workspace.attributes("null_resource.b")["id"],
    });
    const again = await workspace.plan();
    expect(Object.values(again).map((change) => change.actions)).toEqual(Object.values(again).map(() => ["no-op"]));
  });

  it("updates in place, replaces and destroys as the types demand", async () => {
    const resources = (image: string, name: string, kind: string, subjects: readonly string[]): object => ({
      kubernetes_deployment: { image: deployment({ image }), name: deployment({ name }) },
      kubectl_manifest: { kind: manifest(kind, 1), body: manifest("Widget", subjects.length) },
      kubernetes_role_binding: { subjects: roleBinding(subjects) },
      helm_release: { set: release([["a", String(subjects.length)]]) },
    });
    await applied({
      ...KUBECTL,
      resource: { ...resources("nginx:1.27", "web", "Widget", ["a", "b"]), null_resource: { gone: {} } },
    });
    const changes = await workspace
      .configure({ ...KUBECTL, resource: resources("nginx:1.28", "shop", "Gadget", ["c", "b", "a"]) })
      .plan();
    const actions = Object.fromEntries(Object.entries(changes).map(([address, change]) => [address, change.actions]));
    expect(actions).toEqual({
      "kubernetes_deployment.image": ["update"],
      "kubernetes_deployment.name": ["delete", "create"],
      "kubectl_manifest.kind": ["delete", "create"],
      "kubectl_manifest.body": ["update"],
      "kubernetes_role_binding.subjects": ["update"],
      "helm_release.set": ["update"],
      "null_resource.gone": ["delete"],
    });
    expect(changes["kubernetes_deployment.name"]?.replace_paths).toEqual([["metadata", 0, "name"]]);
    expect(changes["helm_release.set"]?.after_unknown).toMatchObject({ metadata: true });
    expect((await workspace.apply()).code).toBe(0);
    expect((await workspace.run("destroy", "-no-color", "-auto-approve")).text).toContain("6 destroyed");
  });

  it("finds nothing changed in equal quantities and in a moved address", async () => {
    await applied({ resource: { kubernetes_deployment: { old: deployment({ cpu: "1" }) } } });
    const moved = { moved: [{ from: "kubernetes_deployment.old", to: "kubernetes_deployment.web" }] };
    const changes = await workspace
      .configure({ ...moved, resource: { kubernetes_deployment: { web: deployment({ cpu: "1000m" }) } } })
      .plan();
    expect(changes["kubernetes_deployment.web"]?.actions).toEqual(["no-op"]);
  });

  it("keeps what is unknown unknown, in values and in the number of blocks", async () => {
    const binding = {
      ...roleBinding([]),
      dynamic: {
        subject: {
          for_each: "${toset([for id in [null_resource.a.id] : id])}",
          content: { kind: "User", name: "${subject.value}" },
        },
      },
    };
    const config = {
      resource: {
        null_resource: { a: {} },
        kubernetes_secret: { web: secret({ id: "${null_resource.a.id}" }) },
        kubernetes_role_binding: { web: binding },
      },
    };
    const changes = await workspace.configure(config).plan();
    expect(changes["kubernetes_secret.web"]?.after_unknown).toMatchObject({ data: { id: true } });
    await applied(config);
    expect(workspace.attributes("kubernetes_secret.web")["data"]).toEqual({
      id: workspace.attributes("null_resource.a")["id"],
    });
    expect(workspace.attributes("kubernetes_role_binding.web")["subject"]).toMatchObject([
      { name: workspace.attributes("null_resource.a")["id"], api_group: "rbac.authorization.k8s.io" },
    ]);
  });

  it("makes real passwords", async () => {
    await applied({
      resource: {
        random_password: { a: { length: 40, special: false, min_numeric: 3 } },
        random_id: { a: { byte_length: 4 } },
      },
    });
    const { result, bcrypt_hash } = workspace.attributes("random_password.a");
    expect(result).toMatch(/^[A-Za-z0-9]{40}$/);
    expect(bcrypt_hash).toBeNull();
    expect(workspace.attributes("random_id.a")["hex"]).toMatch(/^[0-9a-f]{8}$/);
    const changes = await workspace
      .configure({ resource: { random_password: { a: { length: 41, special: false, min_numeric: 3 } } } })
      .plan();
    expect(changes["random_password.a"]?.actions).toEqual(["delete", "create"]);
  });

  it("answers a data source that asks for existence and refuses one that asks for contents", async () => {
    const metadata = [{ name: "web" }];
    const asked = {
      data: { kubernetes_namespace: { web: { metadata } } },
      output: { uid: { value: "${data.kubernetes_namespace.web.metadata[0].uid}" } },
    };
    expect((await workspace.configure(asked).apply()).text).toContain('uid = "replayed"');
    const refused = await workspace
      .configure({ data: { kubernetes_secret: { web: { metadata } } } })
      .run("plan", "-no-color");
    expect(refused.text).toContain("data source kubernetes_secret cannot be replayed");
    expect(refused.code).toBe(1);
  });

  it("imports an id and says by an update that the contents are not known", async () => {
    const config = {
      import: [{ to: "kubernetes_deployment.web", id: "shop/web" }],
      resource: { kubernetes_deployment: { web: deployment() } },
    };
    const changes = await workspace.configure(config).plan();
    expect(changes["kubernetes_deployment.web"]?.before).toMatchObject({
      id: "shop/web",
      metadata: [{ name: "web", namespace: "shop" }],
    });
    expect(changes["kubernetes_deployment.web"]?.actions).toEqual(["update"]);
  });

  it("lets the engine say that a type is not recorded", async () => {
    const outcome = await workspace
      .configure({ resource: { kubernetes_endpoints: { web: {} } } })
      .run("plan", "-no-color");
    expect(outcome.text).toMatch(
      /provider hashicorp\/kubernetes does not support resource type "kubernetes_endpoints"/,
    );
  });

  it("refuses a state that a newer provider wrote", async () => {
    await applied({ resource: { null_resource: { a: {} } } });
    const file = join(workspace.folder, "terraform.tfstate");
    writeFileSync(file, readFileSync(file, "utf8").replace('"schema_version": 0', '"schema_version": 7'));
    const outcome = await workspace.run("plan", "-no-color");
    expect(outcome.code).toBe(1);
    expect(outcome.text).toMatch(/newer provider|newer version|newer/);
  });
});

describe("the server", () => {
  it("names each provider under both registries and leaves nothing behind", async () => {
    const server = await startReplay();
    const addresses = Object.keys(JSON.parse(server.reattach) as object);
    expect(addresses).toContain("registry.terraform.io/hashicorp/kubernetes");
    expect(addresses).toContain("registry.opentofu.org/alekc/kubectl");
    expect(addresses).toHaveLength(12);
    expect(existsSync(server.folder)).toBe(true);
    await server.close();
    await server.close();
    expect(existsSync(server.folder)).toBe(false);
  });
});
