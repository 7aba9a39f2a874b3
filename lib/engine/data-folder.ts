import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/**
 * Makes the engine begin anew in a stack's folder, before `init`: which backend and workspace were chosen there last (before a cutover,
 * by somebody's hand) is forgotten. Providers stay, since they are checked against their hashes and are large, and so does anything
 * that the engine saved because it could not save it elsewhere.
 */
export function cleanDataFolder(stackFolder: string): void {
  const folder = join(stackFolder, ".terraform");
  for (const name of entries(folder))
    if (name !== "providers" && !name.startsWith("errored.tfstate"))
      rmSync(join(folder, name), { recursive: true, force: true });
}

function entries(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
