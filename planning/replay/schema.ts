import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { isRecord } from "../../lib/config/kind";
import { parsedJson } from "../../lib/json";
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

/** The providers that stacks use. Their versions are in the names of the files in planning/schemas, which `make schemas` writes. */
const addresses = [
  "hashicorp/kubernetes",
  "hashicorp/helm",
  "hashicorp/random",
  "hashicorp/null",
  "hashicorp/aws",
  "alekc/kubectl",
];

/** The providers whose schemas lie in `planning/schemas`. No schema is read before `schema()` is called, and then only once. */
export function recordedProviders(): RecordedProvider[] {
  return addresses.flatMap((address) => {
    const file = recordedFile(address);
    if (file === undefined) return [];
    const version = /-([^-]+)\.json$/.exec(file)?.[1] ?? "";
    return [{ address, version, schema: once(() => readSchema(file)) }];
  });
}

/** The file that has a provider's schemas; undefined where none were recorded. */
export function recordedFile(address: string): string | undefined {
  const [, name = ""] = address.split("/");
  const file = readdirSync(schemasFolder).find((one) => one.startsWith(`${name}-`) && one.endsWith(".json"));
  return file === undefined ? undefined : join(schemasFolder, file);
}

/** The file that the schemas of one version of a provider belong in. */
export function schemaFile(address: string, version: string): string {
  const [, name = ""] = address.split("/");
  return join(schemasFolder, `${name}-${version}.json`);
}

/** What a file of `make schemas` holds; undefined where it is none. */
export function readSchemaFile(file: string): ProviderSchema | undefined {
  const document = parsedJson(readFileSync(file));
  if (!isRecord(document) || !isRecord(document["resource_schemas"]) || !isRecord(document["provider"]))
    return undefined;
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- as `make schemas` writes it
  return document as unknown as ProviderSchema;
}

function readSchema(file: string): ProviderSchema {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- our own file, written by `make schemas` in this form
  return JSON.parse(readFileSync(file, "utf8")) as ProviderSchema;
}

function once<T>(read: () => T): () => T {
  let value: T | undefined;
  return () => (value ??= read());
}
