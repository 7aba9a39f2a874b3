import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parse, stringify } from "yaml";
import { isRecord } from "../../lib/config/kind";
import { kubeconfigOf } from "../../lib/config/kubeconfig";
import { type Cluster } from "../../lib/config/organization";
import { writeFileAtomically } from "../../lib/files";
import { kubeconfigUnreadable } from "./refusals";

/** The kubeconfig of every run of ours, from its folder: a plan that was made with it means the same file on every machine. */
export const kubeconfigFile = "kubeconfig";

/** Files that a kubeconfig names as seen from its own folder, by the part that names them. */
const fileKeys = ["certificate-authority", "client-certificate", "client-key", "tokenFile"];

/**
 * Puts the kubeconfig of a cluster into a run's folder, for its owner's eyes only, and returns the variable that names it there. What it
 * is made of: TF_VAR_k8s_config_path, else what the configuration says, else KUBE_CONFIG_PATH; nothing where none of them is set.
 * @throws UserError where it is named and cannot be read.
 */
export function placeKubeconfig(
  folder: string,
  cluster: Cluster,
  environment: NodeJS.ProcessEnv,
): Readonly<Record<string, string>> {
  const file = kubeconfigOf(cluster, environment);
  if (file === undefined) return {};
  writeFileAtomically(join(folder, kubeconfigFile), readable(file, environment), 0o600);
  return { TF_VAR_k8s_config_path: kubeconfigFile };
}

function readable(file: string, environment: NodeJS.ProcessEnv): string {
  try {
    return withAbsoluteFiles(parse(readFileSync(file, "utf8")), dirname(file));
  } catch (error) {
    // Replayed providers talk to no cluster.
    if (environment["FLYWHEEL_REPLAY"] === "1") return "apiVersion: v1\nkind: Config\n";
    const code = error instanceof Error && "code" in error ? String(error.code) : "it is not YAML";
    throw kubeconfigUnreadable(file, code);
  }
}

function withAbsoluteFiles(document: unknown, from: string): string {
  const absolute = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(absolute);
    if (!isRecord(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        key,
        fileKeys.includes(key) && typeof inner === "string" && inner !== "" ? resolve(from, inner) : absolute(inner),
      ]),
    );
  };
  return stringify(absolute(document));
}
