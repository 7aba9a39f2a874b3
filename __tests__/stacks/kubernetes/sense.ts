import { quantityValue } from "../../../lib/config/kubernetes";
import { isRecord } from "../../../lib/config/kind";
import { at, containers, list, map, nodes, podTemplate, texts, type Tree } from "./objects";

/** What the API server would refuse, or what would never work, in one object: empty where all is well. */
export function complaints(manifest: Tree): readonly string[] {
  return [
    ...metadataComplaints(manifest),
    ...selectorComplaints(manifest),
    ...hostComplaints(manifest),
    ...quantityComplaints(manifest),
    ...podComplaints(manifest),
  ];
}

const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const dnsName = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const qualifiedName = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const environmentName = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/;
const imageName = /^[a-z0-9][a-z0-9._:/-]*[a-z0-9](:[\w][\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$/;

/** Kinds whose name becomes a part of a host name: a label, not only a name. */
const asLabel = new Set(["Namespace", "Service"]);

function metadataComplaints(manifest: Tree): readonly string[] {
  const metadata = map(manifest["metadata"]);
  const name = String(metadata["name"]);
  const found: string[] = [];
  // Roles may have colons, as system roles do.
  const rbac = String(manifest["apiVersion"]).startsWith("rbac.");
  if (!(rbac || (asLabel.has(String(manifest["kind"])) ? dnsLabel : dnsName).test(name))) found.push(`name "${name}"`);
  if (metadata["namespace"] !== undefined && !dnsLabel.test(String(metadata["namespace"])))
    found.push(`namespace "${String(metadata["namespace"])}"`);
  for (const { path, value } of nodes(manifest)) {
    if (!isRecord(value) || !/\.(labels|matchLabels|nodeSelector|annotations)$/.test(path)) continue;
    for (const [key, inner] of Object.entries(value)) {
      if (!qualifiedName.test(key)) found.push(`${path}: key "${key}"`);
      if (typeof inner !== "string") found.push(`${path}.${key} is no text`);
      else if (!path.endsWith(".annotations") && !labelValue.test(inner)) found.push(`${path}.${key}: "${inner}"`);
    }
  }
  return found;
}

function selectorComplaints(manifest: Tree): readonly string[] {
  const labels = map(at(podTemplate(manifest), "metadata", "labels"));
  const selector = map(at(manifest, "spec", "selector", "matchLabels"));
  if (!["Deployment", "StatefulSet", "DaemonSet"].includes(String(manifest["kind"]))) return [];
  if (Object.keys(selector).length === 0) return ["an empty selector"];
  return Object.entries(selector).flatMap(([key, value]) =>
    labels[key] === value ? [] : [`selector ${key} does not match its own pods`],
  );
}

function hostComplaints(manifest: Tree): readonly string[] {
  if (manifest["kind"] !== "Ingress") return [];
  const hosts = [
    ...list(at(manifest, "spec", "rules")).map(({ host }) => host),
    ...list(at(manifest, "spec", "tls")).flatMap(({ hosts: all }) => texts(all)),
  ];
  const covered = list(at(manifest, "spec", "tls")).flatMap(({ hosts: all }) => texts(all));
  return [
    ...hosts.filter((host) => typeof host !== "string" || !dnsName.test(host)).map((host) => `host "${String(host)}"`),
    ...covered
      .filter((host) => !list(at(manifest, "spec", "rules")).some((rule) => rule["host"] === host))
      .map((host) => `TLS for ${host}, which no rule has`),
  ];
}

function quantityComplaints(manifest: Tree): readonly string[] {
  return nodes(manifest).flatMap(({ path, value }) => {
    if (!isRecord(value) || !/\.resources$/.test(path)) return [];
    const [requests, limits] = [map(value["requests"]), map(value["limits"])];
    const all = [...Object.entries(requests), ...Object.entries(limits)];
    const wrong = all
      .filter(([, text]) => quantityValue(String(text)) === undefined)
      .map(([name, text]) => `${path}: ${name} "${String(text)}"`);
    const above = Object.entries(requests).filter(
      ([name, text]) =>
        (quantityValue(String(text)) ?? 0) > (name in limits ? (quantityValue(String(limits[name])) ?? 0) : Infinity),
    );
    return [...wrong, ...above.map(([name]) => `${path}: the request of ${name} is above its limit`)];
  });
}

function podComplaints(manifest: Tree): readonly string[] {
  const pod = podTemplate(manifest);
  if (pod === undefined) return [];
  const volumes = list(at(pod, "spec", "volumes")).map(({ name }) => name);
  const all = containers(pod);
  const names = all.map(({ name }) => name);
  return [
    ...[...volumes, ...names]
      .filter((name) => !dnsLabel.test(String(name)))
      .map((name) => `container or volume "${String(name)}"`),
    ...names.filter((name, index) => names.indexOf(name) !== index).map((name) => `two containers are ${String(name)}`),
    ...all.flatMap((container) =>
      containerComplaints(container, volumes).map((what) => `container ${String(container["name"])}: ${what}`),
    ),
  ];
}

function containerComplaints(container: Tree, volumes: readonly unknown[]): readonly string[] {
  const ports = list(container["ports"]);
  const env = list(container["env"]);
  const hasPort = (port: unknown) =>
    ports.some(({ name, containerPort }) => port === name || Number(port) === containerPort);
  const probes = ["livenessProbe", "readinessProbe", "startupProbe"]
    .flatMap((probe) => [at(container, probe, "httpGet", "port"), at(container, probe, "tcpSocket", "port")])
    .filter((port) => port !== undefined);
  const envNames = env.map(({ name }) => String(name));
  return [
    ...(imageName.test(String(container["image"])) ? [] : [`image "${String(container["image"])}"`]),
    ...envNames.filter((name) => !environmentName.test(name)).map((name) => `environment variable "${name}"`),
    ...envNames.filter((name, index) => envNames.indexOf(name) !== index).map((name) => `${name} is set twice`),
    ...list(container["volumeMounts"])
      .filter(({ name }) => !volumes.includes(name))
      .map(({ name }) => `mounts ${String(name)}, which is no volume of the pod`),
    ...probes.filter((port) => !hasPort(port)).map((port) => `probes port ${String(port)}, which it does not have`),
    ...ports
      .filter(({ name }) => name !== undefined && !/^(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*$/.test(String(name)))
      .map(({ name }) => `port name "${String(name)}"`),
  ];
}
