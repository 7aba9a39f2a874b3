import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { repositoryRoot } from "../../lib/root";

/** The rooms whose errors a user can meet. */
const rooms = ["authority", "ci", "cli", "lib", "planning", "stacks", "tools"];

/** One place in the source that makes an error with a code. */
export interface ErrorSite {
  readonly code: string;
  /** The words of the error, what differs from case to case as `<id>`. */
  readonly what?: string;
  readonly expected?: string;
  readonly remedy?: string;
}

/** A file of the rooms, by its path in the repository. */
export interface SourceFile {
  readonly file: string;
  readonly text: string;
}

/** The source of all rooms, sorted by path. */
export function roomSources(): readonly SourceFile[] {
  return rooms.flatMap((room) =>
    readdirSync(join(repositoryRoot, room), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .sort()
      .map((name) => ({ file: `${room}/${name}`, text: readFileSync(join(repositoryRoot, room, name), "utf8") })),
  );
}

/** The codes that the rooms' codes.ts list. */
export function listedCodes(sources: readonly SourceFile[]): readonly string[] {
  return sources
    .filter(({ file }) => file.endsWith("/codes.ts") && !file.startsWith("ci/errors/"))
    .flatMap(({ text }) => codesIn(text));
}

function codesIn(source: string): readonly string[] {
  const codes: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isLiteralTypeNode(node) && ts.isStringLiteral(node.literal)) codes.push(node.literal.text);
    ts.forEachChild(node, visit);
  };
  visit(parsed(source));
  return codes;
}

/** Every error that the source makes, read from the source itself. */
export function errorSites(): readonly ErrorSite[] {
  const sources = roomSources();
  const listed = listedCodes(sources);
  return sources.flatMap(({ text }) => sitesIn(text, listed));
}

/** Where a class of errors takes its code and its words: the places among the arguments of `new`. */
interface Arguments {
  readonly code?: number;
  /** The one code of the class. */
  readonly always?: string;
  readonly what: number;
  readonly remedy?: number;
  /** An object with `expected` and `remedy`. */
  readonly hints?: number;
}

const positional: Readonly<Record<string, Arguments>> = {
  StateRefusal: { code: 0, what: 1, remedy: 2 },
  HttpProblem: { code: 1, what: 2 },
  StoreUnavailable: { code: 2, what: 1, hints: 3 },
  StoreTimeout: { always: "store-timeout", what: 1 },
  StateVanished: { code: 2, what: 1, hints: 3 },
};

/**
 * The errors that one source file makes: objects with `code` and `what`, and instances of the classes above. A code that is put together
 * of parts stands for those of `listed` that it may be.
 */
export function sitesIn(source: string, listed: readonly string[] = []): readonly ErrorSite[] {
  const sites: ErrorSite[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isObjectLiteralExpression(node)) sites.push(...siteOfObject(node, listed));
    if (ts.isNewExpression(node)) sites.push(...siteOfInstance(node, listed));
    ts.forEachChild(node, visit);
  };
  visit(parsed(source));
  return sites;
}

function parsed(source: string): ts.SourceFile {
  return ts.createSourceFile("source.ts", source, ts.ScriptTarget.Latest, true);
}

function siteOfInstance(node: ts.NewExpression, listed: readonly string[]): readonly ErrorSite[] {
  const places = ts.isIdentifier(node.expression) ? positional[node.expression.text] : undefined;
  if (places === undefined) return [];
  const at = (place: number | undefined) => (place === undefined ? undefined : node.arguments?.[place]);
  const hints = at(places.hints);
  const code = at(places.code);
  const given = hints !== undefined && ts.isObjectLiteralExpression(hints) ? valuesOf(hints) : undefined;
  const codes = places.always !== undefined ? [places.always] : code === undefined ? [] : literals(code, listed);
  return codes.map((text) => ({
    code: text,
    ...field("what", at(places.what)),
    ...field("expected", given?.get("expected")),
    ...field("remedy", given?.get("remedy") ?? at(places.remedy)),
  }));
}

function siteOfObject(node: ts.ObjectLiteralExpression, listed: readonly string[]): readonly ErrorSite[] {
  const values = valuesOf(node);
  const code = values.get("code");
  if (code === undefined || !values.has("what")) return [];
  return literals(code, listed).map((text) => ({
    code: text,
    ...field("what", values.get("what")),
    ...field("expected", values.get("expected")),
    ...field("remedy", values.get("remedy")),
  }));
}

function valuesOf(node: ts.ObjectLiteralExpression): ReadonlyMap<string, ts.Expression> {
  const values = new Map<string, ts.Expression>();
  for (const property of node.properties) {
    if (ts.isPropertyAssignment(property) && ts.isIdentifier(property.name))
      values.set(property.name.text, property.initializer);
    if (ts.isShorthandPropertyAssignment(property)) values.set(property.name.text, property.name);
  }
  return values;
}

/** The codes that an expression can be. */
function literals(node: ts.Expression, listed: readonly string[]): readonly string[] {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isAsExpression(node)) return literals(node.expression, listed);
  if (ts.isTemplateExpression(node)) {
    const parts = [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)];
    const pattern = new RegExp(`^${parts.join("[a-z-]+")}$`);
    return listed.filter((code) => pattern.test(code));
  }
  return ts.isConditionalExpression(node)
    ? [...literals(node.whenTrue, listed), ...literals(node.whenFalse, listed)]
    : [];
}

function field(name: "what" | "expected" | "remedy", node: ts.Expression | undefined): Partial<ErrorSite> {
  const text = node === undefined ? undefined : words(node);
  return text === undefined || text === "" ? {} : { [name]: text };
}

/** The words of an expression; undefined where it has none of its own. */
function words(node: ts.Expression): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node))
    return (
      node.head.text + node.templateSpans.map(({ expression, literal }) => gap(expression) + literal.text).join("")
    );
  if (ts.isConditionalExpression(node)) return words(node.whenTrue) ?? words(node.whenFalse);
  // `expectOneOf(words, ...)` adds what is nearest.
  const [first] = ts.isCallExpression(node) && node.expression.getText() === "expectOneOf" ? node.arguments : [];
  if (first !== undefined) return words(first);
  if (ts.isBinaryExpression(node))
    return `${words(node.left) ?? gap(node.left)}${words(node.right) ?? gap(node.right)}`;
  return undefined;
}

/** What stands for a value: the last name in it. */
function gap(node: ts.Expression): string {
  const name = /[A-Za-z]\w*(?=\W*$)/.exec(node.getText())?.[0];
  return name === undefined || ts.isConditionalExpression(node) ? "..." : `<${name}>`;
}
