import { parse, stringify } from "yaml";

import { type Filler, uuidOf } from "./apply";
import { same } from "./equality";
import { notYaml, notAnObject } from "./refusals";
import { type Path } from "./replace";
import { UNKNOWN, Unknown, type Value, type ValueMap, elements, isMap, textOf } from "./values";

const HIDDEN = "(sensitive value)";

/**
 * What the kubectl provider derives from `yaml_body` while planning: kind, name and the like, so that a change of one replaces
 * the object, and the text it shows in place of the sensitive body. On create only that text is known, as in the recorded
 * plans. What is in the cluster stays as the state has it, unless the body is not known yet.
 */
export function planManifest(planned: ValueMap, prior: ValueMap | null): ValueMap {
  const body = planned["yaml_body"] ?? null;
  if (body instanceof Unknown) return { ...planned, yaml_body_parsed: UNKNOWN, yaml_incluster: UNKNOWN };
  if (typeof body !== "string") return planned;
  if (prior === null) return { ...planned, yaml_body_parsed: derived(planned, null).yaml_body_parsed };
  return { ...planned, ...derived(planned, same(body, prior["yaml_body"] ?? null) ? prior : null) };
}

/** With `force_new`, any change of the body replaces the object. */
export function manifestReplacements(prior: ValueMap, planned: ValueMap): Path[] {
  return planned["force_new"] === true && !same(prior["yaml_body"] ?? null, planned["yaml_body"] ?? null)
    ? [["yaml_body"]]
    : [];
}

/** Values for what the cluster decides. The two `*_incluster` attributes get the object as it was applied. */
export function manifestFiller(planned: ValueMap): Filler {
  const own = derived(planned, null);
  const id = selfLink(own);
  const uid = uuidOf("kubectl_manifest", id);
  return ({ name }) => {
    if (name === "id") return id;
    if (name === "uid" || name === "live_uid") return uid;
    if (name === "yaml_incluster" || name === "live_manifest_incluster") return own.yaml_body_parsed;
    return name in own ? (own[name] ?? null) : undefined;
  };
}

interface Derived extends ValueMap {
  readonly api_version: string;
  readonly kind: string;
  readonly namespace: string | null;
  readonly name: string;
  readonly yaml_body_parsed: Value;
}

function derived(planned: ValueMap, unchanged: ValueMap | null): Derived {
  const object = parseObject(textOf(planned["yaml_body"]));
  const metadata = isMap(object["metadata"]) ? object["metadata"] : {};
  const namespace = textOf(planned["override_namespace"]) || textOf(metadata["namespace"]);
  return {
    api_version: textOf(object["apiVersion"]),
    kind: textOf(object["kind"]),
    name: textOf(metadata["name"]),
    namespace: namespace || (unchanged?.["namespace"] === "" ? "" : null),
    yaml_body_parsed: unchanged?.["yaml_body_parsed"] ?? shown(object, planned),
  };
}

function parseObject(body: string): ValueMap {
  try {
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- YAML without tags of its own holds what JSON holds, which is what Value describes
    const object = parse(body) as Value;
    if (isMap(object)) return object;
  } catch (error) {
    throw notYaml(error);
  }
  throw notAnObject();
}

/** The body as the plan shows it: sorted keys, and the sensitive fields hidden; of a Secret these are its data. */
function shown(object: ValueMap, planned: ValueMap): string {
  const fields = elements(planned["sensitive_fields"]).map(textOf);
  const hidden = fields.length > 0 ? fields : object["kind"] === "Secret" ? ["data", "stringData"] : [];
  const visible = hidden.reduce((value, field) => hide(value, field.split(".")), object);
  return stringify(visible, { sortMapEntries: true, lineWidth: 0 });
}

function hide(object: ValueMap, [first = "", ...rest]: readonly string[]): ValueMap {
  const inner = object[first];
  if (inner === undefined) return object;
  return { ...object, [first]: rest.length > 0 && isMap(inner) ? hide(inner, rest) : HIDDEN };
}

/** The id that the real provider gives: the object's place in the API, with the kind's plural guessed by an s. */
function selfLink(object: Derived): string {
  const root = object.api_version.includes("/") ? "apis" : "api";
  const namespace = object.namespace === null ? "" : `/namespaces/${object.namespace}`;
  return `/${root}/${object.api_version}${namespace}/${object.kind.toLowerCase()}s/${object.name}`;
}
