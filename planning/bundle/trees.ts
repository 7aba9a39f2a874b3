import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { sha256 } from "../../lib/sha256";
import { scopesFolder } from "../../lib/config/scope";
import { repositoryRoot } from "../../lib/root";

/** What decides what a stack is made of and how it is applied; tests, pages and what only CI and the lab run are left out. */
const program = [
  "authority",
  "bin",
  "cli",
  "lib",
  "planning",
  "stacks",
  "tools",
  "cdktf.json",
  "main.ts",
  "package.json",
  "package-lock.json",
  "tsconfig.json",
];

/** The tree of this program's contents: 64 hexadecimal digits, the same in every checkout with the same files. */
export function programTree(root = repositoryRoot): string {
  return treeOf(root, program);
}

/**
 * The tree of a configuration folder's contents, as the program reads it: names that begin with a dot are left out, and so are the scopes,
 * which decide nothing of a plan and are looked at when it is applied.
 */
export function configurationTree(folder: string): string {
  return treeOf(folder, ["."], join(folder, scopesFolder));
}

/** Paths and contents; neither times nor commits. Links count as what they point to. */
function treeOf(root: string, names: readonly string[], without?: string): string {
  const lines = names
    .flatMap((name) => [...files(join(root, name), new Set(), without)])
    .map((file) => `${sha256(readFileSync(file))}  ${relative(root, file).split(sep).join("/")}`)
    .sort();
  return sha256(lines.join("\n"));
}

function* files(path: string, above: ReadonlySet<string>, without?: string): Iterable<string> {
  const found = statSync(path, { throwIfNoEntry: false });
  // A link to nothing has no contents.
  if (found === undefined) return;
  if (!found.isDirectory()) {
    yield path;
    return;
  }
  const real = realpathSync(path);
  if (above.has(real)) return;
  const below = new Set([...above, real]);
  for (const name of readdirSync(path))
    if (!name.startsWith(".") && name !== "node_modules" && join(path, name) !== without)
      yield* files(join(path, name), below, without);
}
