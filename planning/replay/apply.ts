import { type Block, type NestedBlock, type Type } from "./schema";
import { sha256 } from "../../lib/sha256";
import { below } from "./semantics";
import { Unknown, type Value, type ValueMap, isList, isMap, isWhollyKnown } from "./values";

/** What stands where the plan left something open. `undefined` leaves it to the type. */
export type Filler = (place: Place) => Value | undefined;

interface Place {
  /** The path without indexes: `metadata[*].uid`. */
  readonly path: string;
  readonly name: string;
  readonly type: Type;
  /** The planned block around the value. */
  readonly around: ValueMap;
}

/**
 * The state after apply: the planned one with everything filled in that was unknown. What was known stays, so the engine finds
 * what it was promised. Where the filler has no answer an empty value of the type stands: a template can use it, null it cannot.
 */
export function fillUnknown(block: Block, planned: ValueMap, filler: Filler): ValueMap {
  return fillBlock(block, "", planned, filler);
}

function fillBlock(block: Block, path: string, planned: ValueMap, filler: Filler): ValueMap {
  const filled: Record<string, Value> = {};
  for (const [name, { type }] of Object.entries(block.attributes ?? {})) {
    const value = planned[name] ?? null;
    const place = { path: below(path, name), name, type, around: planned };
    // A value of dynamic type may be open in a part, and only its own type knows what belongs there.
    const open = type === "dynamic" ? !isWhollyKnown(value) : value instanceof Unknown;
    filled[name] = open ? filledIn(filler(place), type) : fillValue(type, value);
  }
  for (const [name, nested] of Object.entries(block.block_types ?? {})) {
    filled[name] = fillNested(nested, below(path, name), planned[name] ?? null, filler);
  }
  return filled;
}

/** A filler may well say null; only undefined leaves the value to the type. */
function filledIn(answer: Value | undefined, type: Type): Value {
  return answer === undefined ? emptyOf(type) : answer;
}

function fillNested(nested: NestedBlock, path: string, planned: Value, filler: Filler): Value {
  if (planned instanceof Unknown) return nested.nesting_mode === "single" ? null : [];
  if (isList(planned))
    return planned.map((element) => (isMap(element) ? fillBlock(nested.block, path, element, filler) : {}));
  return isMap(planned) ? fillBlock(nested.block, path, planned, filler) : planned;
}

function fillValue(type: Type, value: Value): Value {
  if (value instanceof Unknown) return emptyOf(type);
  const inner: Type = typeof type !== "string" && typeof type[1] === "string" ? type[1] : "dynamic";
  if (isList(value)) return value.map((element) => fillValue(inner, element));
  return isMap(value)
    ? Object.fromEntries(Object.entries(value).map(([key, element]) => [key, fillValue(inner, element)]))
    : value;
}

/** The emptiest value of a type that is not null, but for dynamic ones, which have none. */
export function emptyOf(type: Type): Value {
  if (type === "string") return "";
  if (type === "number") return 0;
  if (type === "bool") return false;
  if (type === "dynamic") return null;
  if (type[0] === "object") return Object.fromEntries(Object.entries(type[1]).map(([name, of]) => [name, emptyOf(of)]));
  if (type[0] === "tuple") return type[1].map(emptyOf);
  return type[0] === "map" ? {} : [];
}

/** Hexadecimal digits that depend on the parts alone, so that replaying the same thing twice writes the same state. */
export function digest(...parts: readonly string[]): string {
  return sha256(JSON.stringify(parts));
}

/** A well-formed UUID that depends on the parts alone. */
export function uuidOf(...parts: readonly string[]): string {
  const hex = digest(...parts);
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}
