import { align } from "./alignment";
import { masked, type Mask } from "./masking";
import { structuredText } from "./structured-text";
import { canonical, dataTree, isTreeList, isTreeRecord, Sensitive, type Tree, type TreeRecord, unknown } from "./tree";

/** A value as it is shown: secrets and what is known after apply only as words. */
export type Shown = string | number | boolean | null | readonly Shown[] | { readonly [key: string]: Shown };

/** One attribute that is not what it was. An absent side is a value that is not set there. */
export interface AttributeChange {
  /** `spec[0].replicas`; inside a text that is a document: `values[0]<yaml>.image.tag`; in a list of named things: `env[LOG_LEVEL].value`. */
  readonly path: string;
  readonly before?: Shown;
  readonly after?: Shown;
  /** The difference is in something that is not shown. */
  readonly sensitive?: true;
  /** What differs where the values don't tell: `order`, or `bytes` for equal data that is written in another way. */
  readonly only?: "order" | "bytes";
}

/** What differs between two values, attribute by attribute, in the order of the value. No secret is in it. */
export function attributeChanges(before: Tree, after: Tree, mask: Mask, path = ""): readonly AttributeChange[] {
  if (canonical(before) === canonical(after)) return [];
  if (before instanceof Sensitive || after instanceof Sensitive) return sensitiveChanges(before, after, mask, path);
  if (isTreeRecord(before) && isTreeRecord(after)) return recordChanges(before, after, mask, path);
  if (isTreeList(before) && isTreeList(after)) return listChanges(before, after, mask, path);
  if (typeof before === "string" && typeof after === "string") return textChanges(before, after, mask, path);
  return [change(path, before, after, mask)];
}

function recordChanges(before: TreeRecord, after: TreeRecord, mask: Mask, path: string): readonly AttributeChange[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((key) => attributeChanges(before[key], after[key], mask, joined(path, key)));
}

/**
 * What is marked sensitive as a whole is opened as far as that tells no secret: maps and lists by their keys, documents by their keys with
 * the secrets masked, other texts where the mask has found the secret that they are marked for. The rest only says that it differs.
 */
function sensitiveChanges(before: Tree, after: Tree, mask: Mask, path: string): readonly AttributeChange[] {
  const one = inside(before);
  const other = inside(after);
  if (isTreeRecord(one) && isTreeRecord(other)) return recordChanges(one, other, mask, path);
  if (isTreeList(one) && isTreeList(other)) return listChanges(one, other, mask, path);
  if (typeof one === "string" && typeof other === "string" && isOpen(one, mask) && isOpen(other, mask))
    return textChanges(one, other, mask, path);
  if (before === undefined || after === undefined) return [change(path, before, after, mask)];
  return [change(path, hidden(before), hidden(after), mask, true)];
}

function inside(tree: Tree): Tree {
  return tree instanceof Sensitive ? tree.inside : tree;
}

/** Whether a text that is marked sensitive can be shown once its secrets are masked. */
function isOpen(text: string, mask: Mask): boolean {
  const open = mask(text);
  return open !== masked && (open !== text || structuredText(open) !== undefined);
}

function listChanges(
  before: readonly Tree[],
  after: readonly Tree[],
  mask: Mask,
  path: string,
): readonly AttributeChange[] {
  const { pairs, order } = align(before, after);
  const inner = pairs.flatMap(({ label, before: one, after: other }) =>
    attributeChanges(one, other, mask, `${path}[${label}]`),
  );
  return order === undefined ? inner : [...inner, { ...change(path, order.before, order.after, mask), only: "order" }];
}

/** Texts without their secrets first: what is compared and shown after that holds none. */
function textChanges(before: string, after: string, mask: Mask, path: string): readonly AttributeChange[] {
  const [one, other] = [mask(before), mask(after)];
  if (one === other) return [change(path, one, other, mask, true)];
  const [a, b] = [structuredText(one), structuredText(other)];
  if (a !== undefined && b !== undefined && a.format === b.format) {
    const inner = attributeChanges(dataTree(a.data), dataTree(b.data), mask, `${path}<${a.format}>`);
    return inner.length > 0 ? inner : [{ path: mask(path), only: "bytes" }];
  }
  return [change(path, one, other, mask)];
}

function hidden(tree: Tree): Tree {
  return tree === undefined ? undefined : masked;
}

function change(path: string, before: Tree, after: Tree, mask: Mask, sensitive = false): AttributeChange {
  return {
    path: mask(path),
    ...(before === undefined ? {} : { before: shown(before, mask) }),
    ...(after === undefined ? {} : { after: shown(after, mask) }),
    ...(sensitive ? { sensitive } : {}),
  };
}

/** A value without what must not be shown. */
function shown(tree: Tree, mask: Mask): Shown {
  if (tree instanceof Sensitive) return shownSensitive(tree, mask);
  if (tree === unknown) return "(known after apply)";
  if (isTreeList(tree)) return tree.map((item) => shown(item, mask));
  if (isTreeRecord(tree))
    return Object.fromEntries(
      Object.entries(tree)
        .filter(([, item]) => item !== undefined)
        .map(([key, item]) => [mask(key), shown(item, mask)]),
    );
  if (typeof tree === "string") return shownText(mask(tree), mask);
  if (typeof tree !== "number") return tree ?? null;
  // A secret of digits may have become a number on the way.
  const text = mask(String(tree));
  return text === String(tree) ? tree : text;
}

function shownSensitive({ inside: content }: Sensitive, mask: Mask): Shown {
  if (typeof content === "string") return isOpen(content, mask) ? shownText(mask(content), mask) : masked;
  return content === undefined || Object.keys(content).length === 0 ? masked : shown(content, mask);
}

/** A text is shown as it is; a manifest of a Secret as data, without the Secret's. */
function shownText(text: string, mask: Mask): Shown {
  const document = /\bkind\W+Secret\b/.test(text) ? structuredText(text) : undefined;
  return document === undefined ? text : shown(dataTree(document.data), mask);
}

function joined(path: string, key: string): string {
  const step = /^[\w-]+$/.test(key) ? key : JSON.stringify(key);
  return path === "" ? step : `${path}.${step}`;
}
