import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isRecord } from "../../lib/config/kind";
import { matchesGlob } from "../../lib/text/glob";
import { actionOf } from "../preview/actions";
import { type PlanDocument, type ResourceChange } from "../preview/plan-document";

/** Where in a cluster this process runs. */
export interface OwnPlace {
  readonly namespace: string;
  /** The pod's name; undefined where it is not known: then everything of its kind there may be its own. */
  readonly pod?: string;
}

/** This process's own place in a cluster; undefined outside of one. */
export function ownPlace(
  environment: NodeJS.ProcessEnv,
  folder = "/var/run/secrets/kubernetes.io/serviceaccount",
): OwnPlace | undefined {
  if ((environment["KUBERNETES_SERVICE_HOST"] ?? "") === "") return undefined;
  const namespace = environment["POD_NAMESPACE"] || namespaceIn(folder);
  if (namespace === undefined || namespace === "") return { namespace: "" };
  const pod = environment["POD_NAME"] || environment["HOSTNAME"];
  return { namespace, ...(pod === undefined || pod === "" ? {} : { pod }) };
}

function namespaceIn(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, "namespace"), "utf8").trim();
  } catch {
    return undefined;
  }
}

export interface Touched {
  readonly address: string;
  readonly why: string;
}

/** What a plan does to what it stands on (`refused`), and close to it (`near`). */
export interface FromInside {
  readonly refused: readonly Touched[];
  readonly near: readonly Touched[];
}

/** Holds a plan against `state.stands_on` of its stack and against the place that it would be applied from. */
export function fromInside(plan: PlanDocument, standsOn: readonly string[], own: OwnPlace | undefined): FromInside {
  const touched = (plan.resource_changes ?? []).filter(
    (resource) => resource.mode === "managed" && ["change", "replace", "destroy"].includes(actionOf(resource)),
  );
  const found = touched.map((resource) => ({ address: resource.address, ...judged(resource, standsOn, own) }));
  const only = (kind: "refused" | "near") =>
    found.flatMap(({ address, [kind]: why }) => (why === undefined ? [] : [{ address, why }]));
  return { refused: only("refused"), near: only("near") };
}

interface Judgement {
  readonly refused?: string;
  readonly near?: string;
}

function judged(resource: ResourceChange, standsOn: readonly string[], own: OwnPlace | undefined): Judgement {
  const { address, type } = resource;
  if (standsOn.some((pattern) => pattern === address || matchesGlob(pattern, address)))
    return { refused: "state.stands_on says that the state stands on it" };
  if (own === undefined) return {};
  const before = isRecord(resource.change.before) ? resource.change.before : {};
  const namespace = namespaceOf(type, before);
  // Which namespace it is cannot be told: everything may be its own.
  const isHere = own.namespace === "" || namespace === own.namespace;
  if (isNamespace(type)) return isHere ? { refused: `this job runs in namespace ${own.namespace || "(unknown)"}` } : {};
  if (type === "helm_release") return release(before, own, isHere);
  return isHere ? { near: `this job runs in the same namespace, ${own.namespace}` } : {};
}

/** Runners and what starts them. */
function release(values: Readonly<Record<string, unknown>>, own: OwnPlace, isHere: boolean): Judgement {
  const chart = typeof values["chart"] === "string" ? values["chart"] : "";
  if (/gha-runner-scale-set-controller$/.test(chart)) return { refused: "it controls the runners, this job's too" };
  const isRunner = /gha-runner-scale-set$/.test(chart) || /gitlab-runner$/.test(chart);
  if (!isRunner) return isHere ? { near: `this job runs in the same namespace, ${own.namespace}` } : {};
  if (!isHere) return {};
  const names = [values["name"], setValue(values, "runnerScaleSetName")].filter((name) => typeof name === "string");
  // GitLab names the pods of jobs after the runner's token, not after its release.
  const isOwn =
    own.pod === undefined || /gitlab-runner$/.test(chart) || names.some((name) => own.pod?.startsWith(`${name}-`));
  if (isOwn) return { refused: `this job${own.pod === undefined ? "" : ` (${own.pod})`} may run on it` };
  return { near: `runners in this job's namespace, ${own.namespace}; this job is ${own.pod}` };
}

function setValue(values: Readonly<Record<string, unknown>>, name: string): unknown {
  const entries = Array.isArray(values["set"]) ? (values["set"] as unknown[]) : [];
  const entry = entries.find((one) => isRecord(one) && one["name"] === name);
  return isRecord(entry) ? entry["value"] : undefined;
}

function isNamespace(type: string): boolean {
  return type === "kubernetes_namespace" || type === "kubernetes_namespace_v1";
}

function namespaceOf(type: string, values: Readonly<Record<string, unknown>>): unknown {
  if (type === "helm_release") return values["namespace"] ?? "default";
  const [metadata] = Array.isArray(values["metadata"]) ? (values["metadata"] as unknown[]) : [];
  if (!isRecord(metadata)) return undefined;
  return isNamespace(type) ? metadata["name"] : metadata["namespace"];
}
