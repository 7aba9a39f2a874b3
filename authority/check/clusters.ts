import { type StackInstance } from "../../lib/config/load";
import { stackEnvironment } from "../../lib/engine/environment";
import { isToBeVerified, verifyCluster } from "../cluster/verify";
import { checkLine, type CheckLine } from "./line";

/** The clusters of these stacks, each once, where configuration says which one it is or the environment says something else. */
export async function checkClusters(
  stacks: readonly StackInstance[],
  organization: string,
  environment: NodeJS.ProcessEnv,
): Promise<readonly CheckLine[]> {
  const seen = new Set<string>();
  const lines = stacks.flatMap(({ id, cluster }) => {
    const env = stackEnvironment(id, environment);
    const way = JSON.stringify([cluster.name, env["TF_VAR_k8s_config_path"]]);
    if (seen.has(way) || !isToBeVerified(cluster, env)) return [];
    seen.add(way);
    return [checkLine(`cluster ${cluster.name}`, () => verifyCluster(cluster, organization, env))];
  });
  return Promise.all(lines);
}
