import { notYaml } from "./refusals";
import { LineCounter, parseDocument, visit, type Document, type Node } from "yaml";
import { type Problem, messageOf } from "../errors";
import { Located, type Path, start } from "./document";
import { controlCharactersIn, readText } from "./text-file";

export { type Path } from "./document";

/** One YAML file, parsed, with a way back from any value to the line it stands on. */
export interface Source {
  /** The file as the operator would type it: the path it was opened with. */
  readonly file: string;
  /** The plain value of the document; `undefined` for an empty file. */
  readonly value: unknown;
  /** The line (from 1) of the key or item at `path`, or of the nearest ancestor that exists. */
  lineOf(path: Path): number;
}

/**
 * Reads and parses a configuration file. What is wrong is returned as problems, each with its line: a syntax error, bytes that are no
 * text, and a key or value that has the form of a reference inside the program.
 */
export function readSource(file: string): { source: Source; problems: readonly Problem[] } {
  const { text, problems } = readText(file);
  if (problems.length > 0) return { source: { file, value: undefined, lineOf: () => 1 }, problems };
  return parseSource(file, text, (located) => located.valueProblems(file));
}

/**
 * Parses YAML 1.2 text that stands in `file`. Duplicate keys are errors; anchors and aliases are plain YAML and allowed. `check` looks at
 * more than the syntax.
 */
export function parseSource(
  file: string,
  text: string,
  check: (located: Located) => readonly Problem[] = () => [],
): { source: Source; problems: readonly Problem[] } {
  const lines = new LineCounter();
  // The library's own search for double keys compares each with each.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: false, uniqueKeys: false });
  const located = new Located(document, lines);
  const lineOf = (path: Path) => located.lineOf(path);
  const refuse = (what: string, offset?: number) =>
    notYaml({ file, ...(offset === undefined ? {} : { line: lines.linePos(offset).line }) }, firstSentence(what));
  const problems = [
    ...controlCharactersIn(file, text),
    // A warning is a tag that nobody knows: the value would not be what its author meant.
    ...[...document.errors, ...document.warnings].map(({ message, pos: [offset] }) => refuse(message, offset)),
    ...located.keyProblems(file, (offset) => keyAt(text, offset)),
    ...check(located),
  ];
  if (problems.length > 0) return { source: { file, value: undefined, lineOf }, problems };
  try {
    return { source: { file, value: document.toJS({ maxAliasCount: 100 }) as unknown, lineOf }, problems };
  } catch (error) {
    // An alias without its anchor, or too many of them, is found only here.
    return {
      source: { file, value: undefined, lineOf },
      problems: [refuse(messageOf(error), start(danglingAlias(document)))],
    };
  }
}

/** The key that begins at an offset, as it was typed. */
function keyAt(text: string, offset: number): string {
  return /^("[^"\n]*"|'[^'\n]*'|[^\s:]+)/.exec(text.slice(offset, offset + 200))?.[0] ?? "a key";
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
