import { readFileSync } from "node:fs";
import { join } from "node:path";
import { yamlData } from "../../../planning/difference/structured-text";
import { isRecord } from "../../../lib/config/kind";
import { type FactResource, type Values } from "./facts";
import { withoutNulls } from "./structured";

/** A resource reduced to what it says: what it is, what it is called, and what is set. */
export interface Canonical {
  readonly address: string;
  readonly kind: string;
  /** `namespace/name`, `apiVersion/kind/namespace/name`; absent for what is called nothing, such as a password. */
  readonly identity: string | undefined;
  readonly values: Values;
  /** Paths of attributes that are known after apply, and that somebody chose. */
  readonly unknown: ReadonlySet<string>;
  /** Top-level attributes that are sensitive or hold something sensitive. */
  readonly sensitive: ReadonlySet<string>;
}

/** Attributes that are derived, or filled by the server: they say nothing about what is configured. */
const derived: Readonly<Record<string, readonly string[]>> = {
  kubectl_manifest: [
    "yaml_body_parsed",
    "yaml_incluster",
    "live_manifest_incluster",
    "live_uid",
    "uid",
    "api_version",
    "kind",
    "name",
    "namespace",
  ],
  helm_release: ["manifest", "metadata", "status", "resources", "timeouts", "set_wo", "set_wo_revision"],
  kubernetes_manifest: ["object", "wait_for"],
};
const derivedUnknown =
  /^(id|status|manifest|object|metadata|result|bcrypt_hash|output|live_\w+|yaml_incluster|yaml_body_parsed|uid|metadata\[0\]\.(generation|resource_version|uid|generate_name))\b/;
const helmChosen = /^(set|values|name|namespace|chart|version|repository)/;

type Defaults = Readonly<Record<string, unknown>>;
const semantics = JSON.parse(
  readFileSync(join(__dirname, "..", "..", "..", "planning", "schemas", "semantics.json"), "utf8"),
) as {
  readonly types: Readonly<Record<string, { readonly defaults?: Defaults }>>;
};

/** Drops null, {} and [], at every depth. */
function prune(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(prune);
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).map(([key, item]): [string, unknown] => [key, prune(item)]);
  return Object.fromEntries(entries.filter(([, item]) => !isEmpty(item)));
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isRecord(value) && Object.keys(value).length === 0;
}

/** Drops what equals the provider's default, so that a plan with defaults and one without compare alike. */
function withoutDefaults(type: string, values: Values): Values {
  const base = baseOf(type);
  const defaults: Defaults = Object.assign(
    {},
    ...[base, `${base}_v1`, type].map((name) => semantics.types[name]?.defaults ?? {}),
  ) as Defaults;
  const walk = (value: unknown, path: string): unknown => {
    if (Array.isArray(value)) return value.map((item) => walk(item, `${path}[*]`));
    if (!isRecord(value)) return value;
    const entries = Object.entries(value).map(([key, item]): [string, string, unknown] => [
      key,
      path === "" ? key : `${path}.${key}`,
      item,
    ]);
    return Object.fromEntries(
      entries
        .filter(([, at, item]) => !(at in defaults && defaults[at] === item))
        .map(([key, at, item]) => [key, walk(item, at)]),
    );
  };
  return prune(walk(prune(values), "")) as Values; // a mapping in, a mapping out
}

/** A resource of the facts or of a plan, reduced. */
export function canonical(resource: FactResource): Canonical {
  const { address, type } = resource;
  const base = baseOf(type);
  const all = withoutDefaults(type, resource.values);
  const values: Values = Object.fromEntries(
    Object.entries(all).filter(([key]) => key !== "id" && !derived[base]?.includes(key)),
  );
  const chosen = (path: string) => (base === "helm_release" ? helmChosen.test(path) : !derivedUnknown.test(path));
  const shared = {
    address,
    unknown: new Set(resource.unknown.filter(chosen)),
    sensitive: new Set(resource.sensitive.map((path) => path.split(/[.[]/)[0] ?? path)),
  };
  if (base === "kubectl_manifest" || base === "kubernetes_manifest") return { ...shared, ...manifest(base, values) };
  if (base === "helm_release") {
    return {
      ...shared,
      kind: base,
      identity: `${text(all["namespace"], "default")}/${text(all["name"])}`,
      values: helmValues(values),
    };
  }
  const metadata = firstOf(all["metadata"]);
  const identity =
    typeof metadata?.["name"] === "string" ? `${text(metadata["namespace"])}/${metadata["name"]}` : undefined;
  return { ...shared, kind: base, identity, values };
}

function manifest(base: string, values: Values): Pick<Canonical, "kind" | "identity" | "values"> {
  const { yaml_body: body, manifest: given, ...rest } = values;
  const parsed =
    base === "kubectl_manifest" ? (yamlData(typeof body === "string" ? body : "") ?? { unparsed: body }) : given;
  const object = isRecord(parsed) ? parsed : {};
  const metadata = isRecord(object["metadata"]) ? object["metadata"] : {};
  const identity = [object["apiVersion"], object["kind"], metadata["namespace"], metadata["name"]]
    .map((part) => text(part))
    .join("/");
  return { kind: "manifest", identity, values: { ...rest, object: withoutNulls(object), resource_kind: base } };
}

/** A release's values without empty texts, which mean "not set"; the order of its `set` blocks means nothing. */
function helmValues(values: Values): Values {
  const set = Object.entries(values).filter(([, value]) => !isEmpty(value) && value !== "");
  return Object.fromEntries(
    set.map(([key, value]) => [
      key,
      /^set(_sensitive|_list)?$/.test(key) && Array.isArray(value) ? ordered(value) : value,
    ]),
  );
}

function ordered(blocks: readonly unknown[]): readonly Values[] {
  const kept = blocks.filter(isRecord).map((block): Values => {
    const entries = Object.entries(block).filter(
      ([key, value]) => key === "value" || (!isEmpty(value) && value !== "" && !(key === "type" && value === "auto")),
    );
    return { value: "", ...Object.fromEntries(entries) };
  });
  const key = (block: Values) => `${text(block["name"])}\0${JSON.stringify(block["value"])}`;
  return kept.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

function baseOf(type: string): string {
  return type.replace(/_v1$/, "");
}

function text(value: unknown, absent = ""): string {
  return typeof value === "string" ? value : absent;
}

function firstOf(block: unknown): Values | undefined {
  const [first] = Array.isArray(block) ? (block as readonly unknown[]) : [];
  return isRecord(first) ? first : undefined;
}
