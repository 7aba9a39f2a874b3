import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Configuration, type StackInstance } from "../../lib/config/load";
import { withTemporaryFolder } from "../../lib/files";
import { synthesize } from "../../stacks/synth";

/** An address that state knows, and the one it has now. */
export interface Move {
  readonly from: string;
  readonly to: string;
}

/** What a program says about addresses and no plan document repeats. */
export interface Blocks {
  /** Its `moved` blocks. */
  readonly moves: readonly Move[];
  /** Its `removed` blocks: addresses to forget without destroying. */
  readonly releases: readonly string[];
}

/** The blocks of each stack, by its id, from the program as it would be synthesized. */
export function blocksOf(
  configuration: Configuration,
  stacks: readonly StackInstance[],
): Promise<ReadonlyMap<string, Blocks>> {
  return withTemporaryFolder((folder) => {
    synthesize({ configuration, stacks, contracts: new Map(), folder });
    return Promise.resolve(
      new Map(stacks.map(({ id }) => [id, blocksIn(readFileSync(join(folder, "stacks", id, "cdk.tf.json"), "utf8"))])),
    );
  });
}

function blocksIn(synthesized: string): Blocks {
  const { moved = [], removed = [] } = JSON.parse(synthesized) as {
    moved?: readonly Move[];
    removed?: readonly { from: string }[];
  };
  return { moves: moved.map(({ from, to }) => ({ from, to })), releases: removed.map(({ from }) => from).sort() };
}
