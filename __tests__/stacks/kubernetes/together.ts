import { at, containers, list, map, nodes, type PlannedCase, podTemplate, selects, type Tree } from "./objects";

/** What does not fit together among the objects of one stack: empty where all is well. `elsewhere`: names that something else makes. */
export function misfits(
  { objects }: PlannedCase,
  elsewhere: (kind: "ConfigMap" | "Secret", name: string) => boolean,
): readonly string[] {
  const manifests = objects.map(({ manifest }) => manifest);
  return objects.flatMap(({ address, manifest }) =>
    [
      ...serviceMisfits(manifest, manifests),
      ...budgetMisfits(manifest, manifests),
      ...scalingMisfits(manifest, manifests),
      ...referenceMisfits(manifest, manifests, elsewhere),
      ...ingressMisfits(manifest, manifests),
    ].map((what) => `${address}: ${what}`),
  );
}

const namespaceOf = (manifest: Tree) => at(manifest, "metadata", "namespace");
const nameOf = (manifest: Tree) => at(manifest, "metadata", "name");

function pods(manifests: readonly Tree[], namespace: unknown, selector: Tree): readonly Tree[] {
  return manifests.flatMap((manifest) => {
    const pod = podTemplate(manifest);
    return pod !== undefined &&
      namespaceOf(manifest) === namespace &&
      selects(map(at(pod, "metadata", "labels")), selector)
      ? [pod]
      : [];
  });
}

function serviceMisfits(manifest: Tree, manifests: readonly Tree[]): readonly string[] {
  if (manifest["kind"] !== "Service") return [];
  const found = pods(manifests, namespaceOf(manifest), map(at(manifest, "spec", "selector")));
  if (found.length === 0) return ["its selector matches no pod"];
  const ports = found.flatMap(containers).flatMap((container) => list(container["ports"]));
  return list(at(manifest, "spec", "ports"))
    .map(({ port, targetPort = port }) => targetPort)
    .filter((target) => !ports.some(({ name, containerPort }) => target === name || target === containerPort))
    .map((target) => `its target port ${String(target)} is no port of its pods`);
}

function budgetMisfits(manifest: Tree, manifests: readonly Tree[]): readonly string[] {
  if (manifest["kind"] !== "PodDisruptionBudget") return [];
  const selector = map(at(manifest, "spec", "selector", "matchLabels"));
  // The database's pods are made by its operator, and have its label.
  if ("cnpg.io/cluster" in selector)
    return manifests.some((other) => other["kind"] === "Cluster" && nameOf(other) === selector["cnpg.io/cluster"])
      ? []
      : ["it guards a database that is not there"];
  return pods(manifests, namespaceOf(manifest), selector).length > 0 ? [] : ["its selector matches no pod"];
}

function scalingMisfits(manifest: Tree, manifests: readonly Tree[]): readonly string[] {
  if (manifest["kind"] !== "HorizontalPodAutoscaler") return [];
  const { apiVersion, kind, name } = map(at(manifest, "spec", "scaleTargetRef"));
  const own = manifests.filter((other) => other["kind"] === kind && namespaceOf(other) === namespaceOf(manifest));
  // A runner's deployment is made by its chart.
  const there = own.length === 0 || own.some((other) => nameOf(other) === name && other["apiVersion"] === apiVersion);
  const [min, max] = [Number(at(manifest, "spec", "minReplicas") ?? 1), Number(at(manifest, "spec", "maxReplicas"))];
  return [
    ...(there ? [] : [`it scales ${String(kind)} ${String(name)}, which is not there`]),
    ...(min >= 1 && min <= max ? [] : [`it scales from ${min} to ${max}`]),
  ];
}

function ingressMisfits(manifest: Tree, manifests: readonly Tree[]): readonly string[] {
  if (manifest["kind"] !== "Ingress") return [];
  return nodes(at(manifest, "spec")).flatMap(({ path, value }) => {
    if (!/\.backend\.service$/.test(path)) return [];
    const service = manifests.find(
      (other) =>
        other["kind"] === "Service" &&
        nameOf(other) === at(value, "name") &&
        namespaceOf(other) === namespaceOf(manifest),
    );
    const wanted = at(value, "port", "number") ?? at(value, "port", "name");
    return list(at(service, "spec", "ports")).some(({ name, port }) => wanted === port || wanted === name)
      ? []
      : [`its backend ${String(at(value, "name"))}:${String(wanted)} is not there`];
  });
}

function referenceMisfits(
  manifest: Tree,
  manifests: readonly Tree[],
  elsewhere: (kind: "ConfigMap" | "Secret", name: string) => boolean,
): readonly string[] {
  const pod = podTemplate(manifest);
  if (pod === undefined) return [];
  return nodes(pod).flatMap(({ path, value }) => {
    const reference = /\.(configMapKeyRef|configMapRef|secretKeyRef|secretRef)$/.exec(path)?.[1];
    const kind =
      reference?.startsWith("configMap") === true || /\.volumes\[\d+\]\.configMap$/.test(path)
        ? "ConfigMap"
        : reference !== undefined || /(\.volumes\[\d+\]\.secret|\.imagePullSecrets\[\d+\])$/.test(path)
          ? "Secret"
          : undefined;
    if (kind === undefined || at(value, "optional") === true) return [];
    const name = String(at(value, "name") ?? at(value, "secretName"));
    if (elsewhere(kind, name)) return [];
    const target = manifests.find(
      (other) => other["kind"] === kind && nameOf(other) === name && namespaceOf(other) === namespaceOf(manifest),
    );
    if (target === undefined) return [`it needs ${kind} ${name}, which is not there`];
    const keys = [at(value, "key"), ...list(at(value, "items")).map(({ key }) => key)].filter(
      (key) => key !== undefined,
    );
    const has = { ...map(target["data"]), ...map(target["stringData"]), ...map(target["binaryData"]) };
    // Data that only an apply tells has no keys yet.
    return Object.keys(has).length === 0
      ? []
      : keys.filter((key) => !(String(key) in has)).map((key) => `it needs ${String(key)} in ${kind} ${name}`);
  });
}
