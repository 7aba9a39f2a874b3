import { readFileSync } from "node:fs";
import { join } from "node:path";

import { schemasFolder } from "./folder";

/** A type as cty writes it in JSON. */
export type Type =
  | "string"
  | "number"
  | "bool"
  | "dynamic"
  | readonly ["list" | "set" | "map", Type]
  | readonly ["object", Readonly<Record<string, Type>>, ...(readonly string[])[]]
  | readonly ["tuple", readonly Type[]];

export interface Attribute {
  readonly type: Type;
  readonly required?: boolean;
  readonly optional?: boolean;
  readonly computed?: boolean;
  readonly sensitive?: boolean;
  readonly deprecated?: boolean;
  readonly write_only?: boolean;
}

export interface NestedBlock {
  readonly nesting_mode: "single" | "list" | "set" | "map" | "group";
  readonly block: Block;
  readonly min_items?: number;
  readonly max_items?: number;
}

export interface Block {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly block_types?: Readonly<Record<string, NestedBlock>>;
  readonly deprecated?: boolean;
}

export interface Schema {
  readonly version: number;
  readonly block: Block;
}

/** What a provider says about itself: the form of `terraform providers schema -json`, cut to the types that matter. */
export interface ProviderSchema {
  readonly provider: Schema;
  readonly resource_schemas: Readonly<Record<string, Schema>>;
  readonly data_source_schemas: Readonly<Record<string, Schema>>;
}

/** A recorded provider: its address without the host, the version whose schema was recorded, and the schema, read when asked for. */
export interface RecordedProvider {
  readonly address: string;
  readonly version: string;
  readonly schema: () => ProviderSchema;
}

const RECORDED: readonly (readonly [address: string, version: string])[] = [
  ["hashicorp/kubernetes", "2.38.0"],
  ["hashicorp/helm", "2.17.0"],
  ["hashicorp/random", "3.7.2"],
  ["hashicorp/null", "3.2.4"],
  ["hashicorp/aws", "5.100.0"],
  ["alekc/kubectl", "2.1.3"],
];

/** The providers whose schemas lie in `planning/schemas`. Nothing is read before `schema()` is called, and then only once. */
export function recordedProviders(): RecordedProvider[] {
  return RECORDED.map(([address, version]) => ({ address, version, schema: once(() => readSchema(address, version)) }));
}

function readSchema(address: string, version: string): ProviderSchema {
  const [, name = ""] = address.split("/");
  // Our own file, written by the engine's `providers schema`: its form is what ProviderSchema says.
  return JSON.parse(readFileSync(join(schemasFolder, `${name}-${version}.json`), "utf8")) as ProviderSchema;
}

function once<T>(read: () => T): () => T {
  let value: T | undefined;
  return () => (value ??= read());
}
