import {
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  type Document,
  type LineCounter,
  type Node,
} from "yaml";
import { type Problem } from "../errors";
import { controlCharacter, type Place, protoKey, tokenInFile, doubleKey } from "./refusals";
import { looksLikeToken } from "./token";

/** A step into a YAML document: a key or an index. */
export type Path = readonly (string | number)[];

/** A parsed YAML document, with the line of every value; finding one takes no longer in a long file than in a short one. */
export class Located {
  private readonly maps = new WeakMap<Node, Map<string, { key: unknown; value: Node | null }>>();

  constructor(
    private readonly document: Document.Parsed,
    private readonly lines: LineCounter,
  ) {}

  /** The line (from 1) of the key or item at `path`, or of the nearest ancestor that exists. */
  lineOf(path: Path): number {
    let node: Node | null | undefined = this.document.contents;
    let offset = start(node) ?? 0;
    for (const step of path) {
      if (isAlias(node)) node = node.resolve(this.document);
      if (!isCollection(node)) break;
      if (isMap(node)) {
        const pair = this.entriesOf(node).get(String(step));
        if (pair === undefined) break;
        offset = start(pair.key) ?? offset;
        node = pair.value;
      } else {
        const item: unknown = node.items[Number(step)];
        if (item === undefined) break;
        node = nodeOrNull(item);
        offset = start(node) ?? offset;
      }
    }
    return this.lineAt(offset);
  }

  private lineAt(offset: number): number {
    return this.lines.linePos(offset).line;
  }

  /** The entries of a mapping by key; of a key that is set twice the first one. */
  private entriesOf(map: Node): ReadonlyMap<string, { key: unknown; value: Node | null }> {
    const known = this.maps.get(map);
    if (known !== undefined) return known;
    const entries = new Map<string, { key: unknown; value: Node | null }>();
    for (const { key, value } of isMap(map) ? map.items : [])
      if (!entries.has(keyText(key))) entries.set(keyText(key), { key, value: nodeOrNull(value) });
    this.maps.set(map, entries);
    return entries;
  }

  /** Keys that are set twice, or cannot be keys. `keyAt` gives a key as it was typed. */
  keyProblems(file: string, keyAt: (offset: number) => string): readonly Problem[] {
    const found: Problem[] = [];
    for (const { node, path } of nodesIn(this.document.contents)) {
      if (!isMap(node)) continue;
      const keys = new Set<string>();
      for (const { key } of node.items) {
        const name = keyText(key);
        const place = this.placeOf(file, key, [...path, name]);
        if (keys.has(name)) found.push(doubleKey(place, keyAt(start(key) ?? 0)));
        if (name === "__proto__") found.push(protoKey(place));
        keys.add(name);
      }
    }
    return found;
  }

  /** Keys and values that have the form of a reference inside the program, or hold NUL. */
  valueProblems(file: string): readonly Problem[] {
    const found: Problem[] = [];
    const look = (node: unknown, value: unknown, path: Path) => {
      if (looksLikeToken(value)) found.push(tokenInFile(this.placeOf(file, node, path)));
      if (typeof value === "string" && value.includes("\0"))
        found.push(controlCharacter(this.placeOf(file, node, path), "\0"));
    };
    for (const { node, path } of nodesIn(this.document.contents)) {
      if (isScalar(node)) look(node, node.value, path);
      for (const { key } of isMap(node) ? node.items : []) look(key, keyText(key), [...path, keyText(key)]);
    }
    return found;
  }

  private placeOf(file: string, node: unknown, path: Path): Place {
    const offset = start(node);
    return { file, ...(offset === undefined ? {} : { line: this.lineAt(offset) }), key: path.join(".") };
  }
}

/** A node and all below it. An alias repeats what is met where its anchor stands. */
function* nodesIn(root: unknown): Iterable<{ node: unknown; path: Path }> {
  const ahead: { node: unknown; path: Path }[] = [{ node: root, path: [] }];
  for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
    yield next;
    const { node, path } = next;
    if (!isCollection(node)) continue;
    const below = isMap(node)
      ? node.items.map(({ key, value }) => ({ node: value, path: [...path, keyText(key)] }))
      : node.items.map((item, index) => ({ node: isPair(item) ? item.value : item, path: [...path, index] }));
    // Not spread: a call takes fewer arguments than a file may have keys.
    for (const entry of below.reverse()) ahead.push(entry);
  }
}

/** Where a node begins in its text. */
export function start(node: unknown): number | undefined {
  if (typeof node !== "object" || node === null || !("range" in node)) return undefined;
  const { range } = node;
  return Array.isArray(range) && typeof range[0] === "number" ? range[0] : undefined;
}

function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : String(key);
}

/** The types of yaml do not say that what a parsed list or pair holds is a node, or null. */
function nodeOrNull(value: unknown): Node | null {
  return isNode(value) ? value : null;
}
