import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import ts from "typescript";
import { repositoryRoot } from "../../lib/root";

/** Folders of the root that hold no source of ours. */
const foreignFolders = ["node_modules", "cdktf.out", "coverage", "dist"];

/** Every TypeScript file of this repository, by its path from the root; `__tests__` only where asked for. */
export function sourceFiles(
  root = repositoryRoot,
  tests: "with tests" | "without tests" = "without tests",
): readonly string[] {
  return readdirSync(root, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith(".") && !foreignFolders.includes(name))
    .filter(({ name }) => tests === "with tests" || name !== "__tests__")
    .flatMap((entry) =>
      entry.isDirectory()
        ? readdirSync(join(root, entry.name), { recursive: true, encoding: "utf8" }).map(
            (name) => `${entry.name}/${name}`,
          )
        : [entry.name],
    )
    .filter((file) => file.endsWith(".ts"));
}

/** What every source file imports of this repository, by paths from its root; type-only imports count. Tests are left out. */
export function importGraph(root = repositoryRoot): ReadonlyMap<string, readonly string[]> {
  return new Map(sourceFiles(root).map((file) => [file, importsOf(root, file)]));
}

/** The imports of one file that name files here; those of packages and of Node are left out, and our version, which is of no room. */
function importsOf(root: string, file: string): readonly string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(join(root, file), "utf8"), true, true);
  return importedFiles
    .filter(({ fileName }) => fileName.startsWith("."))
    .map(({ fileName }) => importedFile(file, fileName, root))
    .filter((target) => target !== "package.json");
}

/** The file that `./x` means in another file, by its path from the root. */
export function importedFile(file: string, specifier: string, root = repositoryRoot): string {
  const base = normalize(join(dirname(file), specifier));
  const found = [`${base}.ts`, `${base}/index.ts`, base].find((path) => existsSync(join(root, path)));
  if (found === undefined) throw new Error(`${file} imports ${specifier}, which is not there`);
  return found;
}

/** The packages, Node's own among them, that a file imports. */
export function packagesOf(file: string, root = repositoryRoot): readonly string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(join(root, file), "utf8"), true, true);
  return importedFiles.map(({ fileName }) => fileName).filter((name) => !name.startsWith("."));
}

/** The room of a file: its first folder, for lib/ its first two; a file of the root is a room of its own. */
export function roomOf(file: string): string {
  const [first = "", second = ""] = file.split("/");
  if (first === file) return file;
  return first === "lib" ? (second.includes(".") ? "lib" : `lib/${second}`) : first;
}

/** Every circle of imports, as the files that take part in it, by Tarjan's strongly connected components. */
export function circles(graph: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const found: string[][] = [];
  const index = new Map<string, number>();
  const stack: string[] = [];
  const visit = (file: string): number => {
    const own = index.size;
    index.set(file, own);
    let lowest = own;
    stack.push(file);
    for (const target of graph.get(file) ?? []) {
      const known = index.get(target);
      if (known === undefined) lowest = Math.min(lowest, visit(target));
      else if (stack.includes(target)) lowest = Math.min(lowest, known);
    }
    if (lowest === own) {
      const circle = stack.splice(stack.lastIndexOf(file));
      if (circle.length > 1 || (graph.get(file) ?? []).includes(file)) found.push(circle);
    }
    return lowest;
  };
  for (const file of graph.keys()) if (!index.has(file)) visit(file);
  return found;
}
