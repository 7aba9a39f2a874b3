import { resolve } from "node:path";
import { homeFolder } from "../home";

/**
 * The kubeconfig that the providers of an environment's stacks read: TF_VAR_k8s_config_path, else what the configuration says, else
 * KUBE_CONFIG_PATH; as an absolute path. Undefined where none of them is set.
 */
export function kubeconfigOf(
  { kubeconfig }: { readonly kubeconfig?: string },
  environment: NodeJS.ProcessEnv,
): string | undefined {
  const named = environment["TF_VAR_k8s_config_path"] || kubeconfig || environment["KUBE_CONFIG_PATH"];
  return named === undefined || named === "" ? undefined : absolutePath(named, environment);
}

/** A path as the providers read it: `~` is the home folder. */
export function absolutePath(path: string, environment: NodeJS.ProcessEnv): string {
  return resolve(path.replace(/^~(?=\/|$)/, homeFolder(environment) ?? "~"));
}
