import { isRecord } from "../../lib/config/kind";

/** A value that only an apply tells. */
export const unknown = Symbol("known after apply");

/**
 * A value that is not shown by itself. What is inside is for a comparison that takes the secrets out first: the same keys or items with
 * sensitive values, or a text.
 */
export class Sensitive {
  /** `content` is anything that differs where the value differs. */
  constructor(
    readonly content: string,
    readonly inside?: string | readonly Tree[] | TreeRecord,
  ) {}
}

/** A planned value with what the engine says about it: absent (nothing is planned), unknown, sensitive. */
export type Tree =
  string | number | boolean | null | undefined | typeof unknown | Sensitive | readonly Tree[] | TreeRecord;

export interface TreeRecord {
  readonly [key: string]: Tree;
}

/**
 * A planned value, its unknown and its sensitive parts (`after`, `after_unknown`, `after_sensitive` of a plan) as one. Null is
 * absent: to a plan they are the same. The data of a Kubernetes Secret is sensitive, whatever the plan says.
 */
export function plannedTree(value: unknown, unknowns: unknown, sensitive: unknown): Tree {
  if (sensitive === true) return sensitiveTree(plannedTree(value, unknowns, false));
  if (unknowns === true) return unknown;
  if (Array.isArray(value) || Array.isArray(unknowns)) {
    const length = Math.max(lengthOf(value), lengthOf(unknowns));
    return Array.from({ length }, (_, index) =>
      plannedTree(at(value, index), at(unknowns, index), at(sensitive, index)),
    );
  }
  if (isRecord(value) || isRecord(unknowns)) {
    const keys = [...new Set([...keysOf(value), ...keysOf(unknowns)])].sort();
    return withoutSecretData(
      Object.fromEntries(
        keys.map((key) => [key, plannedTree(entry(value, key), entry(unknowns, key), entry(sensitive, key))]),
      ),
    );
  }
  return value === null ? undefined : scalar(value);
}

/** The data of a document (YAML, JSON, TOML) as a tree: null is a value there. */
export function dataTree(value: unknown): Tree {
  if (Array.isArray(value)) return value.map(dataTree);
  if (isRecord(value))
    return withoutSecretData(Object.fromEntries(Object.entries(value).map(([key, item]) => [key, dataTree(item)])));
  return scalar(value);
}

export function isTreeRecord(tree: Tree): tree is TreeRecord {
  return typeof tree === "object" && tree !== null && !Array.isArray(tree) && !(tree instanceof Sensitive);
}

export function isTreeList(tree: Tree): tree is readonly Tree[] {
  return Array.isArray(tree);
}

/** Equal for equal values, whether they count as secrets or not, and for those only. */
export function canonical(tree: Tree): string {
  if (tree === undefined) return "absent";
  if (tree === unknown) return "unknown";
  // Whether a value counts as a secret is no part of it: it changes where another value beside it becomes one.
  if (tree instanceof Sensitive) return tree.content;
  if (isTreeList(tree)) return `[${tree.map(canonical).join(",")}]`;
  if (isTreeRecord(tree)) {
    const entries = Object.entries(tree).filter(([, item]) => item !== undefined);
    return `{${entries
      .map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`)
      .sort()
      .join(",")}}`;
  }
  return JSON.stringify(tree);
}

/** A value and all that is in it as sensitive. What is absent stays absent. */
function sensitiveTree(tree: Tree): Tree {
  if (tree === undefined || tree instanceof Sensitive) return tree;
  if (isTreeList(tree)) return new Sensitive(canonical(tree), tree.map(sensitiveTree));
  if (isTreeRecord(tree))
    return new Sensitive(
      canonical(tree),
      Object.fromEntries(Object.entries(tree).map(([key, item]) => [key, sensitiveTree(item)])),
    );
  return new Sensitive(canonical(tree), typeof tree === "string" ? tree : undefined);
}

function withoutSecretData(record: TreeRecord): TreeRecord {
  if (record["kind"] !== "Secret") return record;
  const hidden = (key: string, value: Tree) =>
    ["data", "stringData", "binaryData"].includes(key) && value !== undefined && !(value instanceof Sensitive)
      ? sensitiveTree(value)
      : value;
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, hidden(key, value)]));
}

function scalar(value: unknown): Tree {
  if (
    value === null ||
    value === undefined ||
    typeof value === "string" ||
    typeof value === "number" ||
    typeof value === "boolean"
  )
    return value;
  return String(value);
}

function lengthOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 0;
}

function at(value: unknown, index: number): unknown {
  return Array.isArray(value) ? (value[index] as unknown) : undefined;
}

function keysOf(value: unknown): string[] {
  return isRecord(value) ? Object.keys(value) : [];
}

function entry(value: unknown, key: string): unknown {
  return isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
