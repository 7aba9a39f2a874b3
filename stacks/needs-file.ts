import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomically } from "../lib/files";
import { type Need, type Needs } from "./order";

/** What stacks need of others, beside what was synthesized: the guard has no configuration to ask. */
const fileName = "needs.json";

/** Writes `needs.json` into cdktf's output folder: the needs of each stack that has some, by its id. */
export function writeNeeds(folder: string, needs: Needs): void {
  const some = Object.fromEntries([...needs].filter(([, of]) => of.length > 0));
  writeFileAtomically(join(folder, fileName), `${JSON.stringify(some, null, 2)}\n`);
}

/** What was written there; nothing where nothing was. */
export function readNeeds(folder: string): Needs {
  const file = join(folder, fileName);
  if (!existsSync(file)) return new Map();
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- our own file, written whole by the function above
  return new Map(Object.entries(JSON.parse(readFileSync(file, "utf8")) as Record<string, readonly Need[]>));
}
