import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { stringify } from "yaml";
import { type Cluster } from "../../lab/cluster/cluster";
import { isRecord } from "../../lib/config/kind";
import { type PlannedManifest } from "../../planning/manifests/manifests";

/** Runs kubectl against a cluster; `input` is its standard input. */
export async function kubectl(
  { kubeconfig }: Cluster,
  args: readonly string[],
  input = "",
): Promise<{ readonly code: number; readonly out: string; readonly errors: string }> {
  const child = spawn("kubectl", ["--kubeconfig", kubeconfig, ...args]);
  child.stdin.end(input);
  const [out, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code: Number(code), out, errors };
}

/**
 * Makes what a dry run needs and an earlier apply, a chart or an operator would have made: the namespaces, and the kinds that Kubernetes
 * does not have. Such a kind takes any content: what is in it is its operator's to judge, and this says nothing of it.
 */
export async function letIn(cluster: Cluster, manifests: readonly PlannedManifest[]): Promise<void> {
  const needed = new Map<string, object>();
  for (const { manifest } of manifests) {
    const [apiVersion, kind] = [String(manifest["apiVersion"]), String(manifest["kind"])];
    const namespace = isRecord(manifest["metadata"]) ? manifest["metadata"]["namespace"] : undefined;
    if (typeof namespace === "string")
      needed.set(namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    if (!isOfKubernetes(apiVersion))
      needed.set(`${apiVersion} ${kind}`, anyContent(apiVersion, kind, namespace !== undefined));
  }
  if (needed.size === 0) return;
  const documents = [...needed.values()].map((object) => stringify(object)).join("---\n");
  for (const [args, input] of [
    [["apply", "-f", "-"], documents],
    [["wait", "--for=condition=Established", "--timeout=60s", "crd", "--all"], ""],
  ] as const) {
    const { code, errors } = await kubectl(cluster, args, input);
    // Where no kind had to be made there is nothing to wait for.
    if (code !== 0 && !errors.includes("no matching resources found")) throw new Error(errors);
  }
}

/** `v1`, `apps/v1`, `networking.k8s.io/v1`. */
function isOfKubernetes(apiVersion: string): boolean {
  const [group = ""] = apiVersion.split("/");
  return !group.includes(".") || group.endsWith(".k8s.io");
}

/** A definition of a kind whose objects may hold anything. */
function anyContent(apiVersion: string, kind: string, isNamespaced: boolean): object {
  const [group = "", version = ""] = apiVersion.split("/");
  const singular = kind.toLowerCase();
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${singular}s.${group}` },
    spec: {
      group,
      names: { kind, plural: `${singular}s`, singular, listKind: `${kind}List` },
      scope: isNamespaced ? "Namespaced" : "Cluster",
      versions: [{ name: version, served: true, storage: true, schema }],
    },
  };
}
