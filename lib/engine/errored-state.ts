import { existsSync } from "node:fs";
import { join } from "node:path";
import { type StackInstance } from "../config/load";
import { refusal } from "../errors";
import { foldersOfRuns, mirroredFolder, readByItself } from "./hcl-folder";
import { erroredStateLeft } from "./refusals";

/** Where `plan`, `apply` and `cdktf deploy` run the engine of a stack, as the operator would type it. */
export function stackFolder(stack: StackInstance): string {
  return stack.folder === undefined ? join("cdktf.out", "stacks", stack.id) : mirroredFolder(stack);
}

/**
 * The state that an engine could not save, in the folder that it ran in; undefined where there is none. Until it is put back the
 * state in its place is behind the cluster.
 */
export function erroredState(folder: string): string | undefined {
  const file = join(folder, "errored.tfstate");
  return existsSync(file) ? file : undefined;
}

/** The same of a stack. Of a folder of HCL it is found wherever an engine ran, in the folder itself, too. */
export function erroredStateOf(stack: StackInstance): string | undefined {
  if (stack.folder === undefined) return erroredState(stackFolder(stack));
  for (const folder of foldersOfRuns(stack)) {
    const file = erroredState(folder);
    if (file !== undefined) return file;
  }
  return undefined;
}

/** Before a state is written or moved by hand. @throws UserError where the newest one lies in the stack's folder, and names `recover`. */
export function refuseErroredState(stack: StackInstance): void {
  const file = erroredStateOf(stack);
  if (file !== undefined) throw refusal(erroredStateLeft(stack.id, file));
}

/**
 * Files in a synthesized stack's folder that an engine would read beside what was synthesized, and that nobody reviewed: values of
 * variables, overrides, more resources. Sorted, with the folder. A folder of HCL is mirrored anew for each run: nothing is foreign there.
 */
export function foreignFiles(folder: string): readonly string[] {
  return readByItself(folder)
    .filter((name) => name !== "cdk.tf.json")
    .map((name) => join(folder, name));
}
