import { delimiter } from "node:path";
import { absolutePath, kubeconfigOf } from "../../lib/config/kubeconfig";
import { type Cluster } from "../../lib/config/organization";
import { clusterUid } from "./identity";
import { readAccess } from "./kubeconfig";
import { ambientCluster, execPlugin, noKubeconfig, otherCluster } from "./refusals";

/** What the providers of these stacks take from the environment beside the kubeconfig: another server, or somebody else's credentials. */
const deciding = [
  "KUBE_HOST",
  "KUBE_USER",
  "KUBE_PASSWORD",
  "KUBE_TOKEN",
  "KUBE_INSECURE",
  "KUBE_TLS_SERVER_NAME",
  "KUBE_CLIENT_CERT_DATA",
  "KUBE_CLIENT_KEY_DATA",
  "KUBE_CLUSTER_CA_CERT_DATA",
  "KUBE_CTX_AUTH_INFO",
  "KUBE_CTX_CLUSTER",
  "KUBE_PROXY_URL",
  "HELM_KUBECONTEXT",
  "HELM_KUBEAPISERVER",
  "HELM_KUBETOKEN",
];

/** Whether there is anything to verify of a cluster: what its entry says of it, or what the environment says beside it. */
export function isToBeVerified(cluster: Cluster, environment: NodeJS.ProcessEnv): boolean {
  if (environment["FLYWHEEL_REPLAY"] === "1") return false;
  return (
    cluster.uid !== undefined || cluster.require_static === true || ambientVariable(cluster, environment) !== undefined
  );
}

/**
 * Proves that an engine run would change the environment's own cluster, and says how. `organization` is the file that describes it.
 * @throws UserError for a variable that disagrees with the kubeconfig, credentials out of a program where they may not be, another
 * cluster, and one that cannot be told.
 */
export async function verifyCluster(
  cluster: Cluster,
  organization: string,
  environment: NodeJS.ProcessEnv,
): Promise<string> {
  const kubeconfig = kubeconfigOf(cluster, environment);
  const ambient = ambientVariable(cluster, environment);
  if (ambient !== undefined) throw ambientCluster(ambient, kubeconfig);
  if (kubeconfig === undefined) throw noKubeconfig(organization, cluster.name);
  const { context, uid } = cluster;
  const access = readAccess(kubeconfig, context);
  if (cluster.require_static === true && access.program !== undefined)
    throw execPlugin(kubeconfig, context, access.program);
  if (uid === undefined) return `context ${context} has credentials of its own, in ${kubeconfig}`;
  const found = await clusterUid(access, environment);
  if (found !== uid)
    throw otherCluster({ file: kubeconfig, context, server: access.server, found, uid, environment: cluster.name });
  return `context ${context} reaches the cluster of ${cluster.name}, ${uid}, at ${access.server}`;
}

/** The first variable that disagrees with the kubeconfig. The same file by another name does not. */
function ambientVariable(cluster: Cluster, environment: NodeJS.ProcessEnv): string | undefined {
  const value = (name: string) => environment[name] || undefined;
  const found = deciding.find((name) => value(name) !== undefined);
  if (found !== undefined) return found;
  const context = value("KUBE_CTX");
  if (context !== undefined && context !== cluster.context) return "KUBE_CTX";
  const kubeconfig = kubeconfigOf(cluster, environment);
  return ["KUBE_CONFIG_PATH", "KUBE_CONFIG_PATHS", "KUBECONFIG"].find((name) => {
    const files = (value(name) ?? "").split(delimiter).filter((file) => file !== "");
    // Without a configured one, the providers read KUBE_CONFIG_PATH or KUBE_CONFIG_PATHS, and never KUBECONFIG.
    if (kubeconfig === undefined) return false;
    return files.some((file) => absolutePath(file, environment) !== kubeconfig);
  });
}
