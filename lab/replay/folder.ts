import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Where the recorded schemas lie. The program is compiled into one file in memory, so the place of the running code is the
 * folder of whichever entry was started: the repository is found upwards from there.
 */
export function schemasFolder(from: string = __dirname): string {
  const candidate = join(from, "lab", "schemas");
  if (existsSync(candidate)) return candidate;
  const parent = dirname(from);
  if (parent === from) throw new Error("lab/schemas is missing: the recorded provider schemas belong to the repository");
  return schemasFolder(parent);
}
