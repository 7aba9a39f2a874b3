import { Decoder, Encoder, ExtensionCodec } from "@msgpack/msgpack";

/**
 * A value as the engines send it: cty over msgpack. A value of a dynamic type is a pair of its type (JSON bytes) and itself;
 * bytes occur nowhere else. Numbers that do not fit come as bigint or, when they are very precise, as strings.
 */
export type Value = null | boolean | number | bigint | string | Uint8Array | Unknown | readonly Value[] | ValueMap;
export interface ValueMap {
  readonly [key: string]: Value;
}

/** Something that is known only after apply. Extension 0 says nothing more, extension 12 carries refinements. */
export class Unknown {
  constructor(
    readonly extension: number,
    readonly data: Uint8Array,
  ) {}
}

export const UNKNOWN = new Unknown(0, Uint8Array.of(0));
const REFINED = 12;

const extensionCodec = new ExtensionCodec();
for (const type of [UNKNOWN.extension, REFINED]) {
  extensionCodec.register({
    type,
    encode: (value) => (value instanceof Unknown && value.extension === type ? value.data : null),
    decode: (data) => new Unknown(type, Uint8Array.from(data)),
  });
}
const encoder = new Encoder({ extensionCodec, useBigInt64: true, maxDepth: 1_000 });
const decoder = new Decoder({ extensionCodec, useBigInt64: true });

/** Reads msgpack; no bytes at all are the null value. Unknown values keep their refinements. */
export function decodeValue(bytes: Uint8Array): Value {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- what the engines send is cty, which is what Value describes
  return bytes.length === 0 ? null : (decoder.decode(bytes) as Value);
}

/** Writes msgpack that `decodeValue` and both engines read as the same value. */
export function encodeValue(value: Value): Uint8Array {
  return encoder.encode(value);
}

export function isMap(value: Value | undefined): value is ValueMap {
  return (
    typeof value === "object" &&
    value !== null &&
    !isList(value) &&
    !(value instanceof Unknown) &&
    !(value instanceof Uint8Array)
  );
}

/** `Array.isArray` does not narrow a readonly array out of a union. */
export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

/** The list itself, or no elements where the value is null or not a list. */
export function elements(value: Value | undefined): readonly Value[] {
  return isList(value) ? value : [];
}

/** The text, or "" where the value is null, unknown or not a text. */
export function textOf(value: Value | undefined): string {
  return typeof value === "string" ? value : "";
}

/** What stands in the first block of a list of blocks, most often `metadata` or `spec`. */
export function firstBlock(value: Value | undefined): ValueMap {
  const [first] = elements(value);
  return isMap(first) ? first : {};
}

/** A value of a dynamic type without its type. */
export function dynamicContent(value: Value | undefined): Value {
  if (isList(value) && value.length === 2 && value[0] instanceof Uint8Array) return value[1] ?? null;
  return value ?? null;
}

/** True when nothing in the value is unknown. */
export function isWhollyKnown(value: Value): boolean {
  if (value instanceof Unknown) return false;
  if (isList(value)) return value.every(isWhollyKnown);
  return !isMap(value) || Object.values(value).every(isWhollyKnown);
}
