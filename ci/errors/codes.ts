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

/** Every error that the source makes, read from the source itself: an object with `code` and `what`, or a StateRefusal. */
export function errorSites(): readonly ErrorSite[] {
  return rooms.flatMap((room) =>
    readdirSync(join(repositoryRoot, room), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .sort()
      .flatMap((name) => sitesIn(readFileSync(join(repositoryRoot, room, name), "utf8"))),
  );
}

/** The errors that one source file makes. */
export function sitesIn(source: string): readonly ErrorSite[] {
  const sites: ErrorSite[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isObjectLiteralExpression(node)) sites.push(...siteOfObject(node));
    if (ts.isNewExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === "StateRefusal") {
      const [code, what, remedy] = node.arguments ?? [];
      if (code !== undefined && ts.isStringLiteralLike(code))
        sites.push({ code: code.text, ...field("what", what), ...field("remedy", remedy) });
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("source.ts", source, ts.ScriptTarget.Latest, true));
  return sites;
}

function siteOfObject(node: ts.ObjectLiteralExpression): readonly ErrorSite[] {
  const values = new Map<string, ts.Expression>();
  for (const property of node.properties) {
    if (ts.isPropertyAssignment(property) && ts.isIdentifier(property.name))
      values.set(property.name.text, property.initializer);
    if (ts.isShorthandPropertyAssignment(property)) values.set(property.name.text, property.name);
  }
  const code = values.get("code");
  if (code === undefined || !values.has("what")) return [];
  return literals(code).map((text) => ({
    code: text,
    ...field("what", values.get("what")),
    ...field("expected", values.get("expected")),
    ...field("remedy", values.get("remedy")),
  }));
}

/** The codes that an expression can be. */
function literals(node: ts.Expression): readonly string[] {
  if (ts.isStringLiteralLike(node)) return [node.text];
  return ts.isConditionalExpression(node) ? [...literals(node.whenTrue), ...literals(node.whenFalse)] : [];
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
  if (ts.isBinaryExpression(node))
    return `${words(node.left) ?? gap(node.left)}${words(node.right) ?? gap(node.right)}`;
  return undefined;
}

/** What stands for a value: the last name in it. */
function gap(node: ts.Expression): string {
  const name = /[A-Za-z]\w*(?=\W*$)/.exec(node.getText())?.[0];
  return name === undefined || ts.isConditionalExpression(node) ? "..." : `<${name}>`;
}
