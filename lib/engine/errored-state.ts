import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { refusal } from "../errors";
import { erroredStateLeft } from "./refusals";

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

/** Before a state is written or moved by hand. @throws UserError where the newest one lies in the stack's folder, and names `recover`. */
export function refuseErroredState(id: string): void {
  const file = erroredState(stackFolder(id));
  if (file !== undefined) throw refusal(erroredStateLeft(id, file));
}

/**
 * Files in a stack's folder that an engine would read beside what was synthesized, and that nobody reviewed: values of variables,
 * overrides, more resources. Sorted, with the folder.
 */
export function foreignFiles(folder: string): readonly string[] {
  const isRead = (name: string) =>
    /\.(tf|tofu)(\.json)?$/.test(name) || /(^terraform|\.auto)\.tfvars(\.json)?$/.test(name);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name !== "cdk.tf.json" && isRead(name))
    .sort()
    .map((name) => join(folder, name));
}
