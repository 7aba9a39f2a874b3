import { readAccess } from "./kubeconfig";
import { ClusterApi, whyNotAsked } from "./api";
import { clusterUnknown, noKubeconfig } from "./refusals";
import { kubeconfigOf } from "../../lib/config/kubeconfig";
import { type Cluster } from "../../lib/config/organization";
import { messageOf } from "../../lib/errors";

/** An object of the API, by what names it. */
export interface ObjectName {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Absent for one of the whole cluster. */
  readonly namespace?: string;
}

/**
 * Which of these objects the environment's cluster has, in the same order.
 * @throws UserError where the cluster does not tell of one: "cannot tell" is never "not there".
 */
export async function existing(
  cluster: Cluster,
  organization: string,
  objects: readonly ObjectName[],
  environment: NodeJS.ProcessEnv,
): Promise<readonly boolean[]> {
  const file = kubeconfigOf(cluster, environment);
  if (file === undefined) throw noKubeconfig(organization, cluster.name);
  const access = readAccess(file, cluster.context);
  const unknown = (why: string) => clusterUnknown(file, cluster.context, why);
  const why = whyNotAsked(access);
  if (why !== undefined) throw unknown(why);
  const api = new ClusterApi(access, environment);
  try {
    const found: boolean[] = [];
    for (const object of objects) {
      const path = pathOf(object);
      const { status } = await api.get(path).catch((error: unknown) => {
        throw unknown(`${access.server}: ${messageOf(error)}`);
      });
      if (status !== 200 && status !== 404) throw unknown(`${path} answers ${status}`);
      found.push(status === 200);
    }
    return found;
  } finally {
    api.close();
  }
}

/** `/apis/apps/v1/namespaces/x/deployments/y`. A kind's plural is English's, as the API's own kinds have it. */
function pathOf({ apiVersion, kind, name, namespace }: ObjectName): string {
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const singular = kind.toLowerCase();
  const plural = singular.endsWith("s")
    ? `${singular}es`
    : singular.endsWith("y")
      ? `${singular.slice(0, -1)}ies`
      : `${singular}s`;
  return `${root}${namespace === undefined ? "" : `/namespaces/${namespace}`}/${plural}/${name}`;
}
