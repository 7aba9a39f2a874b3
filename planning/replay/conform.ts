import { type Block, type NestedBlock, type Type } from "./schema";
import { type Value, type ValueMap, isList, isMap } from "./values";

/**
 * A resource's state as JSON, made to fit the schema: what the schema does not know is dropped, what is missing is null (or no
 * blocks). That is what the SDK does with a state of the same version, and the best that can be done with an older one.
 */
export function conformState(block: Block, state: Value): ValueMap {
  const from = isMap(state) ? state : {};
  const conformed: Record<string, Value> = {};
  for (const [name, attribute] of Object.entries(block.attributes ?? {})) {
    conformed[name] = conformValue(attribute.type, from[name] ?? null);
  }
  for (const [name, nested] of Object.entries(block.block_types ?? {}))
    conformed[name] = conformNested(nested, from[name] ?? null);
  return conformed;
}

function conformNested(nested: NestedBlock, state: Value): Value {
  if (nested.nesting_mode === "list" || nested.nesting_mode === "set") {
    return isList(state) ? state.map((element) => conformState(nested.block, element)) : [];
  }
  if (nested.nesting_mode === "map") {
    return Object.fromEntries(
      Object.entries(isMap(state) ? state : {}).map(([key, element]) => [key, conformState(nested.block, element)]),
    );
  }
  return state === null && nested.nesting_mode === "single" ? null : conformState(nested.block, state);
}

/** A JSON value as a value of the type. One that cannot be is null: a state of another version may hold anything. */
function conformValue(type: Type, value: Value): Value {
  if (value === null) return null;
  if (type === "dynamic") return conformDynamic(value);
  if (typeof type === "string") return conformScalar(type, value);
  if (type[0] === "object") {
    if (!isMap(value)) return null;
    return Object.fromEntries(
      Object.entries(type[1]).map(([name, of]) => [name, conformValue(of, value[name] ?? null)]),
    );
  }
  if (type[0] === "tuple")
    return isList(value) ? type[1].map((of, index) => conformValue(of, value[index] ?? null)) : null;
  if (type[0] === "map") {
    return isMap(value)
      ? Object.fromEntries(Object.entries(value).map(([key, element]) => [key, conformValue(type[1], element)]))
      : null;
  }
  return isList(value) ? value.map((element) => conformValue(type[1], element)) : null;
}

/** In JSON a dynamic value is written beside its type; in msgpack the type comes first, as JSON bytes. */
function conformDynamic(value: Value): Value {
  if (!isMap(value) || value["type"] === undefined) return null;
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- cty's own notation of a type, which is what Type describes
  const type = value["type"] as unknown as Type;
  return [Buffer.from(JSON.stringify(type), "utf8"), conformValue(type, value["value"] ?? null)];
}

function conformScalar(type: "string" | "number" | "bool", value: Value): Value {
  if (type === "string") return typeof value === "string" ? value : typeof value === "object" ? null : String(value);
  if (type === "bool")
    return typeof value === "boolean" ? value : value === "true" ? true : value === "false" ? false : null;
  if (typeof value === "number" || typeof value === "bigint") return value;
  return typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value)) ? value : null;
}
