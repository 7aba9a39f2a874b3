import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import { type AddressInfo } from "node:net";
import { join } from "node:path";
import { type TLSSocket } from "node:tls";
import { stringify } from "yaml";
import { checkClusters } from "../../../authority/check/clusters";
import { isToBeVerified, verifyCluster } from "../../../authority/cluster/verify";
import { type StackInstance } from "../../../lib/config/load";
import { type Cluster } from "../../../lib/config/organization";
import { UserError } from "../../../lib/errors";
import { codeOf } from "../../support/code-of";
import { temporaryFolder } from "../support";

/** An API server of our own, as far as these questions go: real TLS, real certificates, and the one answer that is asked for. */
const uid = "6f1c0b1e-0f3a-4d2b-9f0e-2f8f6a1c9d11";
const folder = temporaryFolder();
const file = (name: string) => join(folder, name);
const openssl = (...args: readonly string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
let server: Server;
let url: string;
const asked: { path?: string; bearer?: string; client?: string }[] = [];

beforeAll(async () => {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  openssl("req", "-x509", ...key, "-subj", "/CN=ca", "-keyout", "ca.key", "-out", "ca.crt");
  openssl("req", "-x509", ...key, "-subj", "/CN=stranger", "-keyout", "stranger.key", "-out", "stranger.crt");
  writeFileSync(file("san"), "subjectAltName=IP:127.0.0.1,DNS:kubernetes.default\n");
  for (const [name, extra] of [
    ["server", ["-extfile", "san"]],
    ["client", []],
  ] as const) {
    openssl("req", ...key.slice(0, -2), "-subj", `/CN=${name}`, "-keyout", `${name}.key`, "-out", `${name}.csr`);
    openssl(
      ...["x509", "-req", "-in", `${name}.csr`, "-CA", "ca.crt", "-CAkey", "ca.key", "-days", "2"],
      ...["-out", `${name}.crt`, ...extra],
    );
  }
  const read = (name: string) => readFileSync(file(name), "utf8");
  server = createServer(
    {
      key: read("server.key"),
      cert: read("server.crt"),
      ca: read("ca.crt"),
      requestCert: true,
      rejectUnauthorized: false,
    },
    (request, response) => {
      const socket = request.socket as TLSSocket; // what an HTTPS server's requests come by
      const client = socket.authorized ? String(socket.getPeerCertificate().subject.CN) : undefined;
      const bearer = request.headers.authorization;
      asked.push({ path: request.url, bearer, client });
      if (client !== "client" && bearer !== "Bearer t0ken") return void response.writeHead(403).end("{}");
      response.end(JSON.stringify({ kind: "Namespace", metadata: { name: "kube-system", uid } }));
    },
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());
beforeEach(() => asked.splice(0));

const inline = (name: string) => readFileSync(file(name)).toString("base64");

/** Writes a kubeconfig with one context, honey. */
function kubeconfig(user: object, cluster: object = {}, name = "kubeconfig"): string {
  writeFileSync(
    file(name),
    stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "c", cluster: { server: url, "certificate-authority-data": inline("ca.crt"), ...cluster } }],
      contexts: [{ name: "honey", context: { cluster: "c", user: "u" } }],
      users: [{ name: "u", user }],
    }),
  );
  return file(name);
}

const clusterOf = (change: Partial<Cluster> = {}): Cluster => ({
  name: "dev",
  role: "development",
  domain: "example.org",
  context: "honey",
  kubeconfig: file("kubeconfig"),
  uid,
  ...change,
});
const verify = (change: Partial<Cluster> = {}, environment: NodeJS.ProcessEnv = {}) =>
  verifyCluster(clusterOf(change), "organization.yaml", { HOME: folder, ...environment });

describe("the cluster that a context reaches is known by its uid", () => {
  it("asked with a token, and with nothing but one GET", async () => {
    kubeconfig({ token: "t0ken" });
    expect(await verify()).toContain(uid);
    expect(asked).toEqual([{ path: "/api/v1/namespaces/kube-system", bearer: "Bearer t0ken", client: undefined }]);
  });

  it("asked with a token from a file beside the kubeconfig", async () => {
    writeFileSync(file("token"), "t0ken\n");
    kubeconfig({ tokenFile: "token" });
    expect(await verify()).toContain(uid);
  });

  it.each([
    [
      "in the kubeconfig",
      () => ({ "client-certificate-data": inline("client.crt"), "client-key-data": inline("client.key") }),
    ],
    ["in files beside it", () => ({ "client-certificate": "client.crt", "client-key": "client.key" })],
  ])("asked with a client certificate %s", async (_name, user) => {
    kubeconfig(user());
    expect(await verify()).toContain(uid);
    expect(asked).toMatchObject([{ client: "client", bearer: undefined }]);
  });

  it("by the name that its certificate has, where the kubeconfig says so", async () => {
    kubeconfig({ token: "t0ken" }, { "tls-server-name": "kubernetes.default" });
    expect(await verify()).toContain(uid);
    kubeconfig({ token: "t0ken" }, { "tls-server-name": "other.example.org" });
    expect(await codeOf(verify())).toBe("cluster-unknown");
  });

  it("is refused where it is another one", async () => {
    kubeconfig({ token: "t0ken" });
    const error = await verify({ uid: uid.replace("6f1c", "0000") }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({ problems: [{ code: "other-cluster", what: expect.stringContaining(uid) }] });
  });

  it.each<[string, object, object]>([
    ["credentials that may not read it", { token: "wr0ng" }, {}],
    [
      "a server that nobody vouches for",
      { token: "t0ken" },
      { "certificate-authority-data": "", "certificate-authority": "stranger.crt" },
    ],
    ["a check that is switched off", { token: "t0ken" }, { "insecure-skip-tls-verify": true }],
    ["a server without TLS", { token: "t0ken" }, { server: "http://127.0.0.1:9" }],
    ["nobody there", { token: "t0ken" }, { server: "https://127.0.0.1:9" }],
    ["credentials out of a program", { exec: { command: "aws" } }, {}],
  ])("cannot be told, and is refused, with %s", async (_name, user, cluster) => {
    kubeconfig(user, cluster);
    const error = await verify().catch((caught: unknown) => caught);
    expect(error).toMatchObject({ problems: [{ code: "cluster-unknown", file: file("kubeconfig") }] });
    expect(String(error)).not.toMatch(/t0ken|wr0ng/);
  });

  it("an untrusted server gets no token", async () => {
    kubeconfig({ token: "t0ken" }, { "certificate-authority-data": inline("stranger.crt") });
    expect(await codeOf(verify())).toBe("cluster-unknown");
    expect(asked).toEqual([]);
  });
});

describe("require_static", () => {
  it.each([
    ["exec", { exec: { apiVersion: "client.authentication.k8s.io/v1", command: "gke-gcloud-auth-plugin" } }],
    ["an auth provider", { "auth-provider": { name: "oidc" } }],
  ])("refuses %s, and asks nobody", async (_name, user) => {
    kubeconfig(user);
    expect(await codeOf(verify({ uid: undefined, require_static: true }))).toBe("exec-plugin");
    expect(asked).toEqual([]);
  });

  it("takes a token", async () => {
    kubeconfig({ token: "t0ken" });
    expect(await verify({ uid: undefined, require_static: true })).toContain("credentials of its own");
  });
});

describe("a kubeconfig that cannot be used is refused, and its contents are not repeated", () => {
  it.each([
    ["that is missing", undefined],
    ["that is no YAML", "users: [t0ken"],
    ["without the context", "contexts: [{name: other, context: {cluster: c, user: u}}]\nusers: [t0ken]"],
    [
      "without a server",
      "contexts: [{name: honey, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {}}]\nusers: [{name: u, user: {token: t0ken}}]",
    ],
  ])("%s", async (_name, content) => {
    const path = file(content === undefined ? "missing" : "broken");
    if (content !== undefined) writeFileSync(path, content);
    const error = await verify({ kubeconfig: path }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ problems: [{ code: "kubeconfig-unusable", file: path }] });
    expect(String(error)).not.toContain("t0ken");
  });

  it("nor where nothing names one", async () => {
    expect(await codeOf(verify({ kubeconfig: undefined }))).toBe("no-kubeconfig");
  });
});

describe("what the environment says beside the kubeconfig", () => {
  beforeEach(() => void kubeconfig({ token: "t0ken" }));

  it.each([
    "KUBE_HOST",
    "KUBE_TOKEN",
    "KUBE_CTX",
    "KUBE_CONFIG_PATH",
    "KUBE_CONFIG_PATHS",
    "KUBECONFIG",
    "HELM_KUBECONTEXT",
  ])("%s is refused by name, also where the configuration says nothing of the cluster", async (name) => {
    const environment = { [name]: "/another/s3cret" };
    const plain = clusterOf({ uid: undefined });
    expect(isToBeVerified(plain, environment)).toBe(true);
    const error = await verify({ uid: undefined }, environment).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ problems: [{ code: "ambient-cluster", key: name }] });
    expect(String(error)).not.toContain("s3cret");
    expect(asked).toEqual([]);
  });

  it("is fine where it is the same, by any name of it", async () => {
    const environment = {
      HOME: folder,
      KUBECONFIG: file("kubeconfig"),
      KUBE_CONFIG_PATH: "~/kubeconfig",
      KUBE_CTX: "honey",
    };
    expect(await verify({}, environment)).toContain(uid);
    expect(isToBeVerified(clusterOf({ uid: undefined }), environment)).toBe(false);
  });

  it("names the kubeconfig of one run by TF_VAR_k8s_config_path", async () => {
    const other = kubeconfig({ token: "wr0ng" }, {}, "other");
    expect(await codeOf(verify({}, { TF_VAR_k8s_config_path: other }))).toBe("cluster-unknown");
  });

  it("matters to no replay, which reaches no cluster", () => {
    expect(isToBeVerified(clusterOf(), { FLYWHEEL_REPLAY: "1", KUBECONFIG: "/empty" })).toBe(false);
  });
});

it("check has a line for each cluster, once", async () => {
  kubeconfig({ token: "t0ken" });
  const stacks = ["attic", "arc-runners"].map((id) => ({ id, cluster: clusterOf() })) as unknown as StackInstance[]; // what it reads of one
  expect(await checkClusters(stacks, "organization.yaml", { HOME: folder })).toMatchObject([
    { name: "cluster dev", status: "ok" },
  ]);
  const wrong = stacks.map((stack) => ({
    ...stack,
    cluster: clusterOf({ uid: uid.replace("6", "7") }),
  })) as StackInstance[];
  expect(await checkClusters(wrong, "organization.yaml", { HOME: folder })).toMatchObject([
    { name: "cluster dev", status: "failed", problems: [{ code: "other-cluster" }] },
  ]);
});
