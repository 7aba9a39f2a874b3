import { parse } from "yaml";
import { isRecord } from "../../lib/config/kind";
import { type PlanDocument, plannedResources } from "../preview/plan-document";
import { convert, type Manifest } from "./convert";

/** What stands for a value that is not shown. */
export const masked = "masked";
/** What stands for a value that only an apply tells. */
export const afterApply = "known-after-apply";

export interface PlannedManifest {
  /** The resource it comes from. */
  readonly address: string;
  readonly manifest: Manifest;
}

interface Manifests {
  /** Namespaces first, then by address. */
  readonly manifests: readonly PlannedManifest[];
  /** Resources that are no object by themselves: Helm releases, generated passwords, commands. */
  readonly others: readonly { readonly address: string; readonly type: string }[];
}

/**
 * The objects that a plan's outcome has, as plain manifests. The data of secrets, and whatever else the plan marks as sensitive, is
 * masked, always; the text of a kubectl_manifest is marked as a whole by its provider and shown, but for a Secret's data.
 */
export function manifestsOf(plan: PlanDocument, { mask = true }: { readonly mask?: boolean } = {}): Manifests {
  const changes = new Map((plan.resource_changes ?? []).map((change) => [change.address, change.change]));
  const manifests: PlannedManifest[] = [];
  const others: { address: string; type: string }[] = [];
  for (const { address, type, values } of plannedResources(plan)) {
    const change = changes.get(address);
    const manifest =
      passthrough(type, values) ?? convert(type, shown(values, change?.after_sensitive, change?.after_unknown, mask));
    if (manifest === undefined) others.push({ address, type });
    else manifests.push({ address, manifest: mask ? withoutSecrets(manifest) : manifest });
  }
  const rank = ({ manifest }: PlannedManifest) => (manifest["kind"] === "Namespace" ? 0 : 1);
  return { manifests: manifests.sort((a, b) => rank(a) - rank(b) || (a.address < b.address ? -1 : 1)), others };
}

function passthrough(type: string, values: Readonly<Record<string, unknown>>): Manifest | undefined {
  const manifest: unknown =
    type === "kubectl_manifest" && typeof values["yaml_body"] === "string"
      ? parse(values["yaml_body"], { version: "1.1" })
      : type === "kubernetes_manifest"
        ? values["manifest"]
        : undefined;
  return isRecord(manifest) ? withoutNulls(manifest) : undefined;
}

/** A kubernetes_manifest has null for what was not given. */
function withoutNulls(value: Manifest): Manifest {
  const clean = (inner: unknown): unknown =>
    Array.isArray(inner) ? inner.map(clean) : isRecord(inner) ? withoutNulls(inner) : inner;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null)
      .map(([key, inner]) => [key, clean(inner)]),
  );
}

function shown(
  values: Readonly<Record<string, unknown>>,
  sensitive: unknown,
  unknown: unknown,
  mask: boolean,
): Readonly<Record<string, unknown>> {
  const result = tree(values, sensitive, unknown, mask);
  return isRecord(result) ? result : {};
}

function tree(value: unknown, sensitive: unknown, unknown: unknown, mask: boolean, isMap = false): unknown {
  if (mask && sensitive === true && typeof value === "string") return masked;
  if (Array.isArray(value))
    return value.map((item: unknown, index) =>
      tree(item, inherited(sensitive, index), Array.isArray(unknown) ? (unknown as unknown[])[index] : undefined, mask),
    );
  if (!isRecord(value)) return value;
  return Object.fromEntries([
    ...Object.entries(value).map(([key, inner]) => [
      key,
      tree(inner, inherited(sensitive, key), isRecord(unknown) ? unknown[key] : undefined, mask, maps.has(key)),
    ]),
    // Keys whose values an apply tells are there, with no value yet. An attribute that is not there is the server's to fill.
    ...(isMap && isRecord(unknown)
      ? Object.keys(unknown)
          .filter((key) => unknown[key] === true && !(key in value))
          .map((key) => [key, afterApply])
      : []),
  ]);
}

/** Attributes whose keys are the operator's own. */
const maps: ReadonlySet<string> = new Set(["data", "binary_data", "labels", "annotations", "match_labels"]);

function inherited(marks: unknown, key: string | number): unknown {
  if (marks === true) return true;
  return isRecord(marks) || Array.isArray(marks) ? Reflect.get(marks, key) : undefined;
}

/** Keys whose content the API parses, by the secret's type: what is shown in their place parses as well. */
const maskedContent: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "kubernetes.io/dockerconfigjson": {
    ".dockerconfigjson": JSON.stringify({ auths: { [masked]: { username: masked, password: masked } } }),
  },
  "kubernetes.io/dockercfg": { ".dockercfg": JSON.stringify({ [masked]: { username: masked, password: masked } }) },
};

function withoutSecrets(manifest: Manifest): Manifest {
  if (manifest["kind"] !== "Secret") return manifest;
  const content = maskedContent[String(manifest["type"])] ?? {};
  const mask = (data: unknown, encode: (text: string) => string) =>
    isRecord(data) ? Object.fromEntries(Object.keys(data).map((key) => [key, encode(content[key] ?? masked)])) : data;
  const { data, stringData, ...rest } = manifest;
  return {
    ...rest,
    ...(data === undefined ? {} : { data: mask(data, (text) => Buffer.from(text).toString("base64")) }),
    ...(stringData === undefined ? {} : { stringData: mask(stringData, (text) => text) }),
  };
}
