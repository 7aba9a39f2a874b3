import { parse } from "yaml";
import { isRecord } from "../lib/config/kind";
import { isOpen, type SynthesizedResource } from "./synthesized-resources";

/** Something on a cluster that only one stack may own. */
export interface OwnedObject {
  readonly address: string;
  /** In an operator's words: `namespace nix-cache`, `Helm release gh-nix in arc-runners`. */
  readonly description: string;
  /** Equal for what cannot exist twice on one cluster. */
  readonly identity: string;
  /** The names in it, for finding the settings they come from. */
  readonly names: readonly string[];
  /** The chart, where the object is a chart's custom resource definitions. */
  readonly chart?: string;
}

/** Settings that turn an installation on, and how the addresses of what it makes begin. */
export const installations: Readonly<Record<string, RegExp>> = {
  install_controller: /^\w+\.controller(_|$)/,
  install_cnpg_operator: /^\w+\.cnpg_operator(_|$)/,
  install_minio_operator: /^\w+\.object_store_operator(_|$)/,
};

/** Charts that bring custom resource definitions: a cluster has room for one of each. */
export const chartsWithDefinitions: Readonly<Record<string, string>> = {
  "gha-runner-scale-set-controller": "install_controller",
  "cloudnative-pg": "install_cnpg_operator",
  operator: "install_minio_operator",
};

/** What the resources own on their cluster. Objects whose name only an engine can tell are left out. */
export function ownedObjects(resources: readonly SynthesizedResource[]): readonly OwnedObject[] {
  return resources
    .flatMap((resource) => {
      if (resource.type === "helm_release") return helmObjects(resource);
      const object = kubernetesObject(resource);
      return object === undefined ? [] : [object, ...ingressHosts(resource)];
    })
    .filter(({ identity }) => !isOpen(identity));
}

/** The namespaces that resources make, and those that they put something into. What only an engine can tell is left out. */
export function namespacesOf(resources: readonly SynthesizedResource[]): {
  readonly made: ReadonlySet<string>;
  readonly used: ReadonlySet<string>;
} {
  const made = new Set<string>();
  const used = new Set<string>();
  for (const resource of resources) {
    const { namespace, name, isNamespace } = placeOf(resource);
    if (isNamespace && typeof name === "string" && !isOpen(name)) made.add(name);
    if (typeof namespace === "string" && !isOpen(namespace)) used.add(namespace);
    if (
      resource.type === "helm_release" &&
      resource.values["create_namespace"] === true &&
      typeof namespace === "string"
    )
      made.add(namespace);
  }
  return { made, used };
}

function placeOf(resource: SynthesizedResource): {
  readonly name: unknown;
  readonly namespace: unknown;
  readonly isNamespace: boolean;
} {
  const { type, values } = resource;
  if (type === "helm_release") return { name: undefined, namespace: values["namespace"], isNamespace: false };
  const metadata = metadataOf(resource);
  const isNamespace = /^kubernetes_namespace(_v1)?$/.test(type);
  return { name: metadata?.["name"], namespace: metadata?.["namespace"], isNamespace };
}

function helmObjects({ address, values }: SynthesizedResource): OwnedObject[] {
  const { name, namespace, chart } = values;
  if (typeof name !== "string") return [];
  const where = typeof namespace === "string" ? namespace : "default";
  const release: OwnedObject = {
    address,
    description: `Helm release ${name} in ${where}`,
    identity: `helm/${where}/${name}`,
    names: [name, where],
  };
  if (typeof chart !== "string" || !(chart in chartsWithDefinitions)) return [release];
  return [
    release,
    {
      address,
      description: `the custom resource definitions of chart ${chart}`,
      identity: `chart/${chart}`,
      names: [],
      chart,
    },
  ];
}

function manifestOf({ type, values }: SynthesizedResource): unknown {
  if (type === "kubectl_manifest") return parsedManifest(values["yaml_body"]);
  return type === "kubernetes_manifest" ? values["manifest"] : undefined;
}

function metadataOf(resource: SynthesizedResource): Readonly<Record<string, unknown>> | undefined {
  const manifest = manifestOf(resource);
  const metadata = isRecord(manifest) ? manifest["metadata"] : firstOf(resource.values["metadata"]);
  return isRecord(metadata) ? metadata : undefined;
}

function kubernetesObject(resource: SynthesizedResource): OwnedObject | undefined {
  const { address, type } = resource;
  const manifest = manifestOf(resource);
  const metadata = metadataOf(resource);
  const kind = isRecord(manifest) ? manifest["kind"] : /^kubernetes_(.+?)(_v\d+(beta\d+)?)?$/.exec(type)?.[1];
  if (metadata === undefined || typeof kind !== "string" || typeof metadata["name"] !== "string") return undefined;
  const { name, namespace } = metadata;
  const inNamespace = typeof namespace === "string" ? ` in ${namespace}` : "";
  return {
    address,
    description: `${kind.replaceAll("_", " ")} ${name}${inNamespace}`,
    // A typed resource and a manifest of the same kind are the same object.
    identity: `object/${kind.replaceAll("_", "").toLowerCase()}/${typeof namespace === "string" ? namespace : ""}/${name}`,
    names: typeof namespace === "string" ? [name, namespace] : [name],
  };
}

function ingressHosts({ address, type, values }: SynthesizedResource): OwnedObject[] {
  if (!type.startsWith("kubernetes_ingress")) return [];
  const rule = firstOf(values["spec"])?.["rule"];
  const rules: readonly unknown[] = Array.isArray(rule) ? rule : [rule];
  const hosts = rules.map((rule: unknown) => (isRecord(rule) ? rule["host"] : undefined));
  return [...new Set(hosts)]
    .filter((host) => typeof host === "string" && host !== "")
    .map((host) => ({
      address,
      description: `ingress host ${String(host)}`,
      identity: `host/${String(host)}`,
      names: [String(host)],
    }));
}

function firstOf(block: unknown): Readonly<Record<string, unknown>> | undefined {
  const first = Array.isArray(block) ? (block[0] as unknown) : block;
  return isRecord(first) ? first : undefined;
}

function parsedManifest(body: unknown): unknown {
  // What is encoded from a local is that local's data already.
  if (isRecord(body)) return body;
  if (typeof body !== "string") return undefined;
  try {
    return parse(body);
  } catch {
    return undefined; // the provider's concern, and it reports it
  }
}
