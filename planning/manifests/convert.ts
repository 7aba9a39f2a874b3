import { isRecord } from "../../lib/config/kind";
import { type Block, recordedProviders } from "../replay/schema";
import { kindOfType } from "./kinds";
import { apiName, isSingle, providerOnly } from "./names";
import { apiValue } from "./values";

export type Manifest = Readonly<Record<string, unknown>>;

/** The kubernetes provider's schemas, read when they are first needed. */
const kubernetes = recordedProviders().find(({ address }) => address === "hashicorp/kubernetes");

/**
 * The manifest of a planned kubernetes_* resource: blocks become objects or lists, names the API's, texts that are numbers to the API
 * become numbers. What only the provider understands is left out. Undefined for a type that is no object of the API.
 */
export function convert(type: string, values: Readonly<Record<string, unknown>>): Manifest | undefined {
  const kind = kindOfType(type);
  const schema = kubernetes?.schema().resource_schemas[type];
  if (kind === undefined || schema === undefined) return undefined;
  const parent = type.replace(/^kubernetes_/, "").replace(/_v\d+(beta\d+)?$/, "");
  const { metadata, ...content } = object(values, schema.block, parent);
  if (kind.kind === "Secret") return { ...kind, metadata, ...secret(content) };
  if (kind.kind === "Service") return { ...kind, metadata, ...service(content) };
  return { ...kind, metadata, ...content };
}

function object(
  values: Readonly<Record<string, unknown>>,
  { attributes = {}, block_types: blocks = {} }: Block,
  parent: string,
): Record<string, unknown> {
  const converted: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    if (providerOnly.has(name)) continue;
    const block = blocks[name];
    const result =
      block !== undefined ? nested(name, value, block, parent) : name in attributes ? apiValue(name, value) : undefined;
    if (result !== undefined) converted[apiName(name, parent)] = result;
  }
  return converted;
}

function nested(
  name: string,
  value: unknown,
  schema: NonNullable<Block["block_types"]>[string],
  parent: string,
): unknown {
  const items = Array.isArray(value)
    ? (value as readonly unknown[])
    : value === null || value === undefined
      ? []
      : [value];
  // An empty block is there, and says something: empty_dir {}, a selector of everything.
  const objects = items.map((item) => object(isRecord(item) ? item : {}, schema.block, name));
  if (objects.length === 0) return undefined;
  return isSingle(name, parent, schema) ? objects[0] : objects;
}

/** The provider takes a secret's data as it is, and encodes it: that is `stringData`. */
function secret({ data, binaryData, ...rest }: Record<string, unknown>): Record<string, unknown> {
  return {
    ...rest,
    ...(binaryData === undefined ? {} : { data: binaryData }),
    ...(data === undefined ? {} : { stringData: data }),
  };
}

/** What only a load balancer has. The provider plans its defaults for every service, and the API refuses them elsewhere. */
const onlyLoadBalancer = new Set(["allocateLoadBalancerNodePorts", "healthCheckNodePort", "loadBalancerClass"]);

function service({ spec, ...rest }: Record<string, unknown>): Record<string, unknown> {
  if (!isRecord(spec) || spec["type"] === "LoadBalancer") return { ...rest, spec };
  return { ...rest, spec: Object.fromEntries(Object.entries(spec).filter(([name]) => !onlyLoadBalancer.has(name))) };
}
