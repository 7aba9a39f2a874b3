import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * The folder of this repository, found from where the code runs: the same from a bundle in memory, from a test and from
 * any working directory.
 */
export const repositoryRoot: string = findRoot(__dirname);

function findRoot(folder: string): string {
  if (existsSync(join(folder, "cdktf.json")) && existsSync(join(folder, "package.json"))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error("flywheel runs only from its own repository");
  return findRoot(parent);
}
