import { readFileSync } from "node:fs";
import {
  isAlias,
  isCollection,
  isMap,
  isScalar,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
  type Pair,
} from "yaml";
import { type Problem } from "../errors";

/** A step into a YAML document: a key or an index. */
export type Path = readonly (string | number)[];

/** One YAML file, parsed, with a way back from any value to the line it stands on. */
export interface Source {
  /** The file as the operator would type it: the path it was opened with. */
  readonly file: string;
  /** The plain value of the document; `undefined` for an empty file. */
  readonly value: unknown;
  /** The line (from 1) of the key or item at `path`, or of the nearest ancestor that exists. */
  lineOf(path: Path): number;
}

/** Reads and parses `file`. A syntax error is returned as problems, each with its line. */
export function readSource(file: string): { source: Source; problems: readonly Problem[] } {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      source: { file, value: undefined, lineOf: () => 1 },
      problems: [
        { code: "unreadable", file, what: `cannot be read: ${why}`, expected: "a YAML file that may be read" },
      ],
    };
  }
  return parseSource(file, text);
}

/** Parses YAML 1.2 text that stands in `file`. Duplicate keys are errors; anchors and aliases are plain YAML and allowed. */
export function parseSource(file: string, text: string): { source: Source; problems: readonly Problem[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: false });
  const refuse = (what: string, offset?: number): Problem => ({
    code: "yaml-syntax",
    file,
    ...(offset === undefined ? {} : { line: lines.linePos(offset).line }),
    what: firstSentence(what),
    expected: "YAML 1.2, one document a file, every key once",
  });
  // A warning is a tag that nobody knows: the value would not be what its author meant.
  const problems = [...document.errors, ...document.warnings].map(({ code, message, pos: [offset] }) =>
    refuse(code === "DUPLICATE_KEY" ? `${keyAt(text, offset)} is set a second time` : message, offset),
  );
  const lineOf = (path: Path) => lines.linePos(offsetOf(document, path)).line;
  if (problems.length > 0) return { source: { file, value: undefined, lineOf }, problems };
  try {
    return { source: { file, value: document.toJS({ maxAliasCount: 100 }) as unknown, lineOf }, problems };
  } catch (error) {
    // An alias without its anchor, or too many of them, is found only here.
    return {
      source: { file, value: undefined, lineOf },
      problems: [refuse(error instanceof Error ? error.message : String(error), start(danglingAlias(document)))],
    };
  }
}

/** The key that begins at an offset, as it was typed. */
function keyAt(text: string, offset: number): string {
  return /^("[^"\n]*"|'[^'\n]*'|[^\s:]+)/.exec(text.slice(offset))?.[0] ?? "a key";
}

function danglingAlias(document: Document.Parsed): Node | undefined {
  let found: Node | undefined;
  visit(document, {
    Alias: (_key, alias) => {
      if (alias.resolve(document) !== undefined) return undefined;
      found = alias;
      return visit.BREAK;
    },
  });
  return found;
}

function firstSentence(message: string): string {
  return (message.split("\n")[0] ?? message).replace(/\.$/, "");
}

function offsetOf(document: Document.Parsed, path: Path): number {
  let node: Node | null | undefined = document.contents;
  let offset = start(node) ?? 0;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (!isCollection(node)) break;
    if (isMap(node)) {
      const pair: Pair<unknown, unknown> | undefined = node.items.find((item) => keyText(item.key) === String(step));
      if (pair === undefined) break;
      offset = start(pair.key) ?? offset;
      // yaml types the value of a parsed pair as unknown; by its documentation it is a Node or null.
      node = pair.value as Node | null;
    } else {
      const item: unknown = node.items[Number(step)];
      if (item === undefined) break;
      node = item as Node | null; // as above
      offset = start(node) ?? offset;
    }
  }
  return offset;
}

function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : String(key);
}

function start(node: unknown): number | undefined {
  if (typeof node !== "object" || node === null || !("range" in node)) return undefined;
  const { range } = node;
  return Array.isArray(range) && typeof range[0] === "number" ? range[0] : undefined;
}
