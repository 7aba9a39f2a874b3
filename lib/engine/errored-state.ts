import { existsSync } from "node:fs";
import { join } from "node:path";

/** Where `plan`, `apply` and `cdktf deploy` run the engine of a stack, as the operator would type it. */
export function stackFolder(id: string): string {
  return join("cdktf.out", "stacks", id);
}

/**
 * The state that an engine could not save, in the folder that it ran in; undefined where there is none. Until it is put back the
 * state in its place is behind the cluster.
 */
export function erroredState(folder: string): string | undefined {
  const file = join(folder, "errored.tfstate");
  return existsSync(file) ? file : undefined;
}
