import { isRecord } from "../../../lib/config/kind";
import { structured, withoutNulls } from "./structured";

/** One way in which a plan is not what the facts say. */
export interface Difference {
  /** `text`: where the facts leave out an embedded script or text, and a checksum of one. Everyone writes their own. */
  readonly kind: "missing" | "extra" | "value" | "text";
  /** `kubernetes_deployment nix-cache/attic`, `output ingress_url`. */
  readonly of: string;
  readonly path: string;
  readonly expected?: string;
  readonly actual?: string;
}

/** Without `of`: what differs inside one resource. */
export type Inner = Omit<Difference, "of">;

const absent = Symbol("absent");

/** What a difference says where a side has nothing. */
export const ABSENT = "<absent>";

/**
 * What differs between two values, path by path. Texts that hold documents are compared as data; with `bytes`, equal data in other
 * bytes is a difference as well, because to an engine it is one.
 */
export function differences(expected: unknown, actual: unknown, path = "", bytes = false): readonly Inner[] {
  if (isRecord(expected) && isRecord(actual)) {
    const keys = [...new Set([...Object.keys(expected), ...Object.keys(actual)])].sort();
    return keys.flatMap((key) =>
      differences(entry(expected, key), entry(actual, key), path === "" ? key : `${path}.${key}`, bytes),
    );
  }
  if (Array.isArray(expected) && Array.isArray(actual)) {
    const indices = Array.from({ length: Math.max(expected.length, actual.length) }, (_, index) => index);
    return indices.flatMap((index) =>
      differences(
        index < expected.length ? expected[index] : absent,
        index < actual.length ? actual[index] : absent,
        `${path}[${index}]`,
        bytes,
      ),
    );
  }
  if (Object.is(expected, actual)) return [];
  if (typeof expected === "string" && typeof actual === "string") {
    if (isElided(expected)) return [{ kind: "text", path, expected: shown(expected), actual: shown(actual) }];
    const [a, b] = [structured(expected), structured(actual)];
    if (a !== undefined && b !== undefined) {
      const inner = differences(withoutNulls(a.data), withoutNulls(b.data), `${path}<${a.format}>`);
      return inner.length > 0 || !bytes
        ? inner
        : [{ kind: "value", path, expected: "these bytes", actual: "equal data in other bytes" }];
    }
    if (path.includes("checksum/")) return [{ kind: "text", path, expected: shown(expected), actual: shown(actual) }];
  }
  return [{ kind: "value", path, expected: shown(expected), actual: shown(actual) }];
}

/** Whether the facts leave this text out, or a part of it. */
export function isElided(text: string): boolean {
  return text.includes("<elided:");
}

/** Differences as a person reads them. */
export function describeDifferences(list: readonly Difference[]): string {
  return list
    .map(({ kind, of, path, expected, actual }) => {
      if (kind === "missing" || kind === "extra") return `${kind}: ${of} [${path}]`;
      return `${of}: ${path}\n    expected ${expected ?? ""}\n    actual   ${actual ?? ""}`;
    })
    .join("\n");
}

function entry(record: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : absent;
}

export function shown(value: unknown): string {
  if (value === absent) return ABSENT;
  const text = JSON.stringify(value) ?? String(value);
  return text.length < 400 ? text : `${text.slice(0, 397)}...`;
}
