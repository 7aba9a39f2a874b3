import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { backendType } from "../config/backends";
import { isRecord, within } from "../config/kind";
import { kubeconfigOf } from "../config/kubeconfig";
import { families } from "./families";

/**
 * What an engine needs in its environment to work with the backend block of a synthesized stack; nothing where there is no such folder.
 * `environment` is where the operator typed: it names the kubeconfig, where the stack's own variable does not.
 */
export function variablesOfFolder(folder: string, environment: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const file = join(folder, "cdk.tf.json");
  if (!existsSync(file)) return {};
  const document = parsed(file);
  const backend = within(document, "terraform", "backend");
  const [entry] = isRecord(backend) ? Object.entries(backend) : [];
  if (entry === undefined) return {};
  const type = backendType.safeParse(entry[0]);
  if (!type.success || !isRecord(entry[1])) return {};
  const configured = within(document, "variable", "k8s_config_path", "default");
  const kubeconfig = kubeconfigOf(typeof configured === "string" ? { kubeconfig: configured } : {}, environment);
  return families[type.data].variables(entry[1], kubeconfig === undefined ? {} : { kubeconfig });
}

function parsed(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    // The engine says what is wrong with it.
    return undefined;
  }
}
