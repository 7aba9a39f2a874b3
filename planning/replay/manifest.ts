import { type Filler } from "./apply";
import { same } from "./equality";
import { type Type } from "./schema";
import { UNKNOWN, Unknown, type Value, type ValueMap, dynamicContent, isMap } from "./values";

/** A part of a value of dynamic type, with its own type. */
interface Typed {
  readonly type: Type;
  readonly value: Value;
}
type Attributes = Readonly<Record<string, Typed>>;

/** Fields of every object's metadata that the server may fill. The state after apply has null in most of them. */
const METADATA: Readonly<Record<string, Type>> = {
  annotations: ["map", "string"],
  creationTimestamp: "string",
  deletionGracePeriodSeconds: "number",
  deletionTimestamp: "string",
  finalizers: ["list", "string"],
  generateName: "string",
  generation: "number",
  labels: ["map", "string"],
  // The types of the elements of these two do not show in a plan, and they are empty after apply.
  managedFields: ["list", "string"],
  name: "string",
  namespace: "string",
  ownerReferences: ["list", "string"],
  resourceVersion: "string",
  selfLink: "string",
  uid: "string",
};

/** Without `computed_fields`, the server may add to these, so what is configured is not what will be. */
const SHARED_WITH_SERVER = ["annotations", "labels"] as const;

/**
 * The object that comes of a manifest. On create it is the manifest, with all of the metadata open that the manifest does not
 * fix. On update it is the object of the state with what has changed in the manifest; what the manifest no longer sets is
 * open. Without the server's schema, fields that only the server sets are not known to exist, on create.
 */
export function planObject(planned: ValueMap, prior: ValueMap | null): ValueMap {
  if (prior !== null && same(planned["manifest"] ?? null, prior["manifest"] ?? null)) return planned;
  const manifest = typed(planned["manifest"]);
  const before = prior === null ? undefined : typed(prior["object"]);
  if (manifest === undefined) return { ...planned, object: UNKNOWN };
  const object =
    before === undefined
      ? created(manifest, openToServer(planned))
      : updated(manifest, typed(prior?.["manifest"]), before, openToServer(planned));
  return { ...planned, object: [Buffer.from(JSON.stringify(object.type), "utf8"), object.value] };
}

/** Labels and annotations as configured for what a plan left open; everything else that was open is null, as in real states. */
export function objectFiller(planned: ValueMap): Filler {
  return ({ path }) => {
    if (path !== "object") return undefined;
    const manifest = typed(planned["manifest"]);
    const object = typed(planned["object"]);
    if (manifest === undefined || object === undefined) return planned["manifest"] ?? null;
    return [
      Buffer.from(JSON.stringify(object.type), "utf8"),
      settled(object.value, dynamicContent(planned["manifest"])),
    ];
  };
}

/** Names in the metadata that the server may add to. */
function openToServer(planned: ValueMap): readonly string[] {
  return (planned["computed_fields"] ?? null) === null ? SHARED_WITH_SERVER : [];
}

function created(manifest: Typed, shared: readonly string[]): Typed {
  const parts = attributesOf(manifest);
  const metadata = attributesOf(parts["metadata"]);
  const open = Object.fromEntries(
    Object.entries(METADATA).map(([name, type]): [string, Typed] => [name, { type, value: UNKNOWN }]),
  );
  const left = Object.fromEntries(shared.map((name) => [name, open[name]]));
  return objectOf({ ...parts, metadata: objectOf({ ...open, ...metadata, ...left }) });
}

function updated(manifest: Typed, former: Typed | undefined, object: Typed, shared: readonly string[]): Typed {
  const merged = attributesOf(changed(manifest, former, object));
  const [before, after] = [attributesOf(object)["metadata"], merged["metadata"]].map(attributesOf);
  const open = shared.flatMap((name): [string, Typed][] => {
    const part = after?.[name];
    const now = part === undefined || same(part.value, before?.[name]?.value ?? null);
    return now ? [] : [[name, { type: METADATA[name] ?? "dynamic", value: UNKNOWN }]];
  });
  return objectOf({ ...merged, metadata: objectOf({ ...after, ...Object.fromEntries(open) }) });
}

function changed(manifest: Typed, former: Typed | undefined, object: Typed): Typed {
  if (!isObject(manifest) || !isObject(object)) {
    return same(manifest.value, object.value) ? object : manifest;
  }
  const configured = attributesOf(manifest);
  const configuredBefore = attributesOf(former);
  const before = attributesOf(object);
  const parts: Record<string, Typed> = {};
  for (const [name, part] of Object.entries(before)) {
    parts[name] = configuredBefore[name] === undefined ? part : { type: part.type, value: UNKNOWN };
  }
  for (const [name, part] of Object.entries(configured)) {
    const known = before[name];
    parts[name] = known === undefined ? part : changed(part, configuredBefore[name], known);
  }
  return objectOf(parts);
}

/** Nulls for what is open, but for labels and annotations, which come from the manifest. */
function settled(value: Value, manifest: Value, name = ""): Value {
  if (value instanceof Unknown) return isMap(manifest) && isShared(name) ? manifest : null;
  if (!isMap(value)) return value;
  const configured = isMap(manifest) ? manifest : {};
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, settled(inner, configured[key] ?? null, key)]),
  );
}

function isShared(name: string): boolean {
  return SHARED_WITH_SERVER.some((shared) => shared === name);
}

function typed(value: Value | undefined): Typed | undefined {
  if (!Array.isArray(value) || !(value[0] instanceof Uint8Array)) return undefined;
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- cty's own notation of a type, which is what Type describes
  const type = JSON.parse(Buffer.from(value[0]).toString("utf8")) as Type;
  return { type, value: dynamicContent(value) };
}

function isObject({ type, value }: Typed): boolean {
  return Array.isArray(type) && type[0] === "object" && isMap(value);
}

function attributesOf(part: Typed | undefined): Attributes {
  if (part === undefined || !Array.isArray(part.type) || part.type[0] !== "object" || !isMap(part.value)) return {};
  const values = part.value;
  const types: Readonly<Record<string, Type>> = part.type[1];
  return Object.fromEntries(
    Object.entries(types).map(([name, type]): [string, Typed] => [name, { type, value: values[name] ?? null }]),
  );
}

function objectOf(parts: Readonly<Record<string, Typed | undefined>>): Typed {
  const entries = Object.entries(parts).flatMap(([name, part]) => (part === undefined ? [] : [[name, part] as const]));
  return {
    type: ["object", Object.fromEntries(entries.map(([name, part]) => [name, part.type]))],
    value: Object.fromEntries(entries.map(([name, part]) => [name, part.value])),
  };
}
