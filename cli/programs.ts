import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Program, programOf } from "../lib/addresses/program";
import { type Configuration, type ProgramInstance } from "../lib/config/load";
import { withTemporaryFolder } from "../lib/files";
import { synthesize } from "../stacks/synth";

/** What these stacks' programs say about addresses, by stack id. They are synthesized for it, into a folder that is gone afterwards. */
export async function programsOf(
  configuration: Configuration,
  stacks: readonly ProgramInstance[],
): Promise<ReadonlyMap<string, Program>> {
  return withTemporaryFolder(async (folder) => {
    synthesize({ configuration, stacks, contracts: new Map(), folder });
    return new Map(
      stacks.map(({ id }) => [
        id,
        programOf(JSON.parse(readFileSync(join(folder, "stacks", id, "cdk.tf.json"), "utf8"))),
      ]),
    );
  });
}
