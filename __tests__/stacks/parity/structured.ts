import { type StructuredText, structuredText } from "../../../planning/difference/structured-text";
import { isRecord } from "../../../lib/config/kind";

const known = new Map<string, StructuredText | undefined>();

/** `structuredText`, once for each text: the same ones are compared again and again, and parsing is what takes the time. */
export function structured(text: string): StructuredText | undefined {
  if (!known.has(text)) known.set(text, structuredText(text));
  return known.get(text);
}

/** Without mapping entries that are null: in YAML and JSON documents they say nothing. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([key, item]) => [key, withoutNulls(item)]),
  );
}
