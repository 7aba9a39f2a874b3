import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { etcd, kubeApiserver } from "../../tools/catalogue";
import { builtTool } from "../../tools/tool";
import { freePort, type ServerProcess, startServerProcess } from "../s3/server-process";

/** A Kubernetes API server on loopback: real objects, validation, RBAC and leases; no nodes, controllers or kubelets, so no pod ever runs. */
export interface Cluster {
  /** `https://127.0.0.1:PORT` */
  readonly server: string;
  /** A file (0600) that kubectl and the providers take, with the one context `lab`, whose user may do everything. */
  readonly kubeconfig: string;
  /** What a client has to trust, as PEM. The certificate is for 127.0.0.1. */
  readonly certificateAuthority: string;
  /** A bearer token of that user. */
  readonly token: string;
  /** Ends both servers and removes their data. More than once is fine. */
  stop(): Promise<void>;
}

interface ClusterOptions {
  /** More users by token, with their RBAC groups. @default none */
  readonly users?: readonly { readonly name: string; readonly token: string; readonly groups?: readonly string[] }[];
}

/**
 * Starts etcd and kube-apiserver on free ports and returns when the server is ready, after some ten seconds. Both end with this process,
 * however that ends. @throws UserError where they are not built (`tool-missing`: `make cluster-tools`) or do not start.
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const programs = { etcd: builtTool(etcd), apiserver: builtTool(kubeApiserver) };
  const folder = mkdtempSync(join(tmpdir(), "flywheel-cluster-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.on("exit", remove);
  const started: ServerProcess[] = [];
  const stop = async () => {
    for (const server of started.splice(0).reverse()) await server.stop();
    remove();
    process.off("exit", remove);
  };
  try {
    const store = await startEtcd(programs.etcd, folder, started);
    const token = randomBytes(24).toString("hex");
    const port = await startApiserver(programs.apiserver, { folder, store, token, options }, started);
    const server = `https://127.0.0.1:${port}`;
    const certificateAuthority = readFileSync(certificateOf(folder), "utf8");
    const kubeconfig = join(folder, "kubeconfig");
    writeFileSync(kubeconfig, kubeconfigOf(server, certificateAuthority, token), { mode: 0o600 });
    return { server, kubeconfig, certificateAuthority, token, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Starts etcd and returns its address. It keeps nothing over a crash of the machine: it is gone with the test. */
async function startEtcd(program: string, folder: string, started: ServerProcess[]): Promise<string> {
  const [client, peer] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`];
  const args = [
    ...["--name", "lab", "--data-dir", join(folder, "etcd"), "--log-level", "error", "--unsafe-no-fsync"],
    ...["--listen-client-urls", client, "--advertise-client-urls", client],
    ...["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", `lab=${peer}`],
  ];
  const isReady = async () => {
    try {
      return (await fetch(`${client}/health`, { signal: AbortSignal.timeout(2_000) })).ok;
    } catch {
      return false;
    }
  };
  started.push(await startServerProcess({ program, args, env: environment(folder), folder, isReady }));
  return client;
}

interface ApiserverOptions {
  readonly folder: string;
  readonly store: string;
  readonly token: string;
  readonly options: ClusterOptions;
}

/** Starts the API server, which makes its own certificate, and returns its port. */
async function startApiserver(
  program: string,
  { folder, store, token, options }: ApiserverOptions,
  started: ServerProcess[],
): Promise<number> {
  const port = await freePort();
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
    return join(folder, name);
  };
  const users = [{ name: "lab", token, groups: ["system:masters"] }, ...(options.users ?? [])];
  const tokens = users.map((user) => `${user.token},${user.name},${user.name},"${(user.groups ?? []).join(",")}"\n`);
  const { privateKey, publicKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    privateKeyEncoding: { type: "sec1", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  mkdirSync(join(folder, "certificates"));
  const args = [
    ...["--bind-address", "127.0.0.1", "--secure-port", String(port), "--cert-dir", join(folder, "certificates")],
    // Nobody reaches it but this machine, also one that has no other address.
    ...["--advertise-address", "127.0.0.1", "--endpoint-reconciler-type", "none"],
    ...["--etcd-servers", store, "--token-auth-file", file("tokens.csv", tokens.join(""))],
    ...["--authorization-mode", "RBAC", "--service-cluster-ip-range", "10.0.0.0/24"],
    ...["--service-account-issuer", "https://kubernetes.default.svc"],
    ...["--service-account-key-file", file("service-account.pub", publicKey)],
    ...["--service-account-signing-key-file", file("service-account.key", privateKey)],
    // No controller makes the default service account that this plugin asks for.
    ...["--disable-admission-plugins", "ServiceAccount"],
  ];
  const isReady = () => answers(folder, port, token);
  started.push(
    await startServerProcess({ program, args, env: environment(folder), folder, isReady, patience: 180_000 }),
  );
  return port;
}

function environment(folder: string): NodeJS.ProcessEnv {
  return { PATH: process.env["PATH"], HOME: folder };
}

function certificateOf(folder: string): string {
  return join(folder, "certificates", "apiserver.crt");
}

/** Whether /readyz says ok. The certificate is there some moments after the start. */
function answers(folder: string, port: number, token: string): Promise<boolean> {
  if (!existsSync(certificateOf(folder))) return Promise.resolve(false);
  const ca = readFileSync(certificateOf(folder));
  const headers = { authorization: `Bearer ${token}` };
  return new Promise((resolve) => {
    const url = `https://127.0.0.1:${port}/readyz`;
    const asked = request(url, { ca, headers, timeout: 5_000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.on("timeout", () => asked.destroy());
    asked.on("error", () => resolve(false));
    asked.end();
  });
}

function kubeconfigOf(server: string, certificateAuthority: string, token: string): string {
  const authority = Buffer.from(certificateAuthority).toString("base64");
  const cluster = { server, "certificate-authority-data": authority };
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "lab",
    clusters: [{ name: "lab", cluster }],
    users: [{ name: "lab", user: { token } }],
    contexts: [{ name: "lab", context: { cluster: "lab", user: "lab" } }],
  });
}
