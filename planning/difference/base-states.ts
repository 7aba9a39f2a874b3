import { existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { type PriorState } from "../preview/prior-state";
import { type SideStack } from "./side";

const name = "the state that the base would have left";

interface Named {
  readonly id: string;
  readonly stack: string;
  readonly environment: string;
}

/** The states in a folder, for the stacks that have one there: `<id>.tfstate`. */
export function baseStates(
  folder: string,
  stacks: readonly { readonly id: string }[],
): ReadonlyMap<string, PriorState> {
  return new Map(
    stacks.flatMap(({ id }) => {
      const file = join(folder, `${id}.tfstate`);
      return existsSync(file) ? [[id, { file, name }] as const] : [];
    }),
  );
}

/** Puts the states that the base has left where the head looks for them: a stack may have another id there. */
export function renameStates(from: string, to: string, base: readonly SideStack[], head: readonly Named[]): void {
  mkdirSync(to, { recursive: true, mode: 0o700 });
  for (const { id, stack, environment } of head) {
    const before = base.find((other) => other.stack === stack && other.environment === environment);
    const file = before === undefined ? undefined : join(from, `${before.id}.tfstate`);
    if (file !== undefined && existsSync(file)) renameSync(file, join(to, `${id}.tfstate`));
  }
}
