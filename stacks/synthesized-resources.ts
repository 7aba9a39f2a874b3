import { isRecord } from "../lib/config/kind";

/** A resource as a synthesized stack has it, with its references to names followed as far as they lead. */
export interface SynthesizedResource {
  readonly address: string;
  readonly type: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** References that lead to references: more steps than this would be a circle. */
const mostSteps = 8;

/**
 * The resources of a synthesized stack (`cdk.tf.json`, parsed) without an engine: what refers to another resource's name, or to a local,
 * is that name. Of several instances (`for_each`) each is one. What only an engine can tell keeps its `${...}`.
 */
export function resourcesIn(synthesized: unknown): readonly SynthesizedResource[] {
  const root = isRecord(synthesized) ? synthesized : {};
  return entries(root["resource"]).flatMap(([type, byName]) =>
    entries(byName).flatMap(([name, values]) => {
      const address = `${type}.${name}`;
      const each = isRecord(values) && isRecord(values["for_each"]) ? Object.entries(values["for_each"]) : undefined;
      if (each === undefined) return [{ address, type, values: record(resolved(values, root, undefined)) }];
      return each.map(([key, value]) => ({
        address: `${address}[${JSON.stringify(key)}]`,
        type,
        values: record(resolved(values, root, { key, value })),
      }));
    }),
  );
}

/** Whether an engine has to tell the rest of a text. */
export function isOpen(text: string): boolean {
  return /[$%]\{/.test(text);
}

interface Each {
  readonly key: string;
  readonly value: unknown;
}

function resolved(value: unknown, root: Readonly<Record<string, unknown>>, each: Each | undefined, step = 0): unknown {
  if (Array.isArray(value)) return value.map((item) => resolved(item, root, each, step));
  if (isRecord(value))
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolved(inner, root, each, step)]));
  if (typeof value !== "string" || step > mostSteps || !value.includes("${")) return value;
  const whole = /^\$\{([^{}]+)\}$/.exec(value)?.[1];
  if (whole !== undefined) {
    const found = referred(whole, root, each);
    return found === undefined ? value : resolved(found, root, each, step + 1);
  }
  return value.replace(/\$\{([^{}]+)\}/g, (text, reference: string) => {
    const found = resolved(referred(reference, root, each), root, each, step + 1);
    return typeof found === "string" ? found : text;
  });
}

/** What a reference leads to: `local.x`, `each.key`, `kubernetes_namespace.x.metadata[0].name`, an encoded one of these. */
function referred(reference: string, root: Readonly<Record<string, unknown>>, each: Each | undefined): unknown {
  const encoded = /^(?:yamlencode|jsonencode)\((.+)\)$/.exec(reference)?.[1];
  if (encoded !== undefined) return referred(encoded, root, each);
  if (!/^[\w-]+(\.[\w-]+|\[(\d+|"[^"]*")\])*$/.test(reference)) return undefined;
  const [first = "", ...rest] = [...reference.matchAll(/[\w-]+|"[^"]*"/g)].map(([part]) => part.replaceAll('"', ""));
  const start = first === "local" ? root["locals"] : first === "each" ? each : record(root["resource"])[first];
  return rest.reduce<unknown>((value, part) => {
    if (Array.isArray(value)) return (value as readonly unknown[])[Number(part)];
    // A block of which there is one is written without a list.
    if (part === "0" && isRecord(value) && !("0" in value)) return value;
    return isRecord(value) && Object.hasOwn(value, part) ? value[part] : undefined;
  }, start);
}

function entries(value: unknown): readonly (readonly [string, unknown])[] {
  return isRecord(value) ? Object.entries(value) : [];
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}
