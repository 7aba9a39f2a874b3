import { within } from "../../lib/config/kind";
import { ClusterApi, whyNotAsked } from "./api";
import { type ClusterAccess } from "./kubeconfig";
import { clusterUnknown } from "./refusals";
import { messageOf } from "../../lib/errors";

/**
 * The identity of the cluster that a context reaches: the uid of its namespace kube-system, which nobody can choose.
 * @throws UserError where it cannot be told.
 */
export async function clusterUid(access: ClusterAccess, environment: NodeJS.ProcessEnv): Promise<string> {
  const unknown = (why: string, remedy?: string) => clusterUnknown(access.file, access.context, why, remedy);
  const why = whyNotAsked(access);
  if (why !== undefined)
    throw unknown(
      why,
      access.program === undefined ? undefined : "A token or a client certificate in the kubeconfig can be used",
    );
  const api = new ClusterApi(access, environment);
  try {
    const { status, document } = await api.get("/api/v1/namespaces/kube-system").catch((error: unknown) => {
      throw unknown(`${access.server}: ${messageOf(error)}`);
    });
    if (status === 401 || status === 403)
      throw unknown(
        `${access.server} answers ${status}`,
        "The credentials need `get` on namespace kube-system, which any view role of the cluster has",
      );
    const uid = status === 200 ? within(document, "metadata", "uid") : undefined;
    if (typeof uid !== "string" || uid === "") throw unknown(`${access.server} answers ${status}, without a uid`);
    return uid;
  } finally {
    api.close();
  }
}
