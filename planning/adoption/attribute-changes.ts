import { isRecord } from "../../lib/config/kind";
import { type ResourceChange } from "../preview/plan-document";

/** One attribute that a plan changes. The values are for finding the reason: they may be secrets and are never printed. */
export interface AttributeChange {
  /** As the engines write it: `spec[0].template[0].metadata[0].annotations["checksum/config"]`. */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
  /** The new value is known after apply only. */
  readonly unknown: boolean;
}

/** Every attribute that differs, in the order of paths. Null, absent and empty are one. */
export function attributeChanges({ change }: Pick<ResourceChange, "change">): readonly AttributeChange[] {
  return changesBetween(change.before, change.after, change.after_unknown, "");
}

function changesBetween(before: unknown, after: unknown, unknown: unknown, path: string): readonly AttributeChange[] {
  if (unknown === true) return [{ path, before, after: undefined, unknown: true }];
  if (isRecord(before) || isRecord(after)) {
    const [a, b, c] = [asRecord(before), asRecord(after), asRecord(unknown)];
    const keys = [...new Set([...Object.keys(a), ...Object.keys(b), ...Object.keys(c)])].sort();
    return keys.flatMap((key) => changesBetween(a[key], b[key], c[key], joined(path, key)));
  }
  if (Array.isArray(before) || Array.isArray(after)) {
    const [a, b, c] = [asList(before), asList(after), asList(unknown)];
    const length = Math.max(a.length, b.length, c.length);
    return Array.from({ length }, (_, index) =>
      changesBetween(a[index], b[index], c[index], `${path}[${index}]`),
    ).flat();
  }
  return (before ?? null) === (after ?? null) ? [] : [{ path, before, after, unknown: false }];
}

function joined(path: string, key: string): string {
  if (!/^[A-Za-z_]\w*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}

/** A path as `replace_paths` has it, written like the others; provider protocols count blocks that a plan shows as lists. */
export function pathText(steps: readonly (string | number)[]): string {
  return steps.reduce<string>((path, step) => (typeof step === "number" ? `${path}[${step}]` : joined(path, step)), "");
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}
