import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { repositoryRoot } from "../../lib/root";
import { importedFile } from "./import-graph";

/**
 * The functions, classes and constants that are exported and no other file imports, as `file: name`. Files are paths from the root;
 * imports of tests count. Types are left out: whoever calls a function may name what it takes.
 */
export function unusedExports(files: readonly string[], read = readSource): readonly string[] {
  const sources = files.map((file) => ({
    file,
    source: ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest),
  }));
  const imported = new Set(sources.flatMap(({ file, source }) => importsIn(file, source)));
  return sources.flatMap(({ file, source }) =>
    exportsIn(source)
      .filter((name) => !imported.has(`${file}: ${name}`) && !imported.has(`${file}: *`))
      .map((name) => `${file}: ${name}`),
  );
}

function readSource(file: string): string {
  return readFileSync(join(repositoryRoot, file), "utf8");
}

/** What a file takes from others, as `file: name`; `*` where it takes the whole. */
function importsIn(file: string, source: ts.SourceFile): readonly string[] {
  const found: string[] = [];
  const add = (specifier: ts.Node | undefined, names: readonly string[]): void => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier) || !specifier.text.startsWith(".")) return;
    const target = importedFile(file, specifier.text);
    found.push(...names.map((name) => `${target}: ${name}`));
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, namesOf(node.importClause?.namedBindings));
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, namesOf(node.exportClause));
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], ["*"]);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, ["*"]);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function namesOf(bindings: ts.NamedImportBindings | ts.NamedExportBindings | undefined): readonly string[] {
  if (bindings === undefined || !(ts.isNamedImports(bindings) || ts.isNamedExports(bindings))) return ["*"];
  return bindings.elements.map(({ name, propertyName }) => (propertyName ?? name).text);
}

/** The functions, classes and constants that a file exports by declaration. */
function exportsIn(source: ts.SourceFile): readonly string[] {
  return source.statements.flatMap((statement) => {
    if (!ts.canHaveModifiers(statement)) return [];
    const isExported = ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
    if (!isExported) return [];
    if (ts.isVariableStatement(statement))
      return statement.declarationList.declarations.flatMap(({ name }) => (ts.isIdentifier(name) ? [name.text] : []));
    const isNamed = ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement);
    return isNamed && statement.name !== undefined ? [statement.name.text] : [];
  });
}
