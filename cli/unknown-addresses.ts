import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type StateRead } from "../authority/state/state-object";
import { programOf } from "../lib/addresses/program";
import { standings } from "../lib/addresses/standing";
import { type Configuration, type StackInstance } from "../lib/config/load";
import { withTemporaryFolder } from "../lib/files";
import { synthesize } from "../stacks/synth";

/** The addresses of a stack's state that its program does not know; undefined where the state is encrypted. */
export type AddressReader = (stack: StackInstance, state: StateRead) => readonly string[] | undefined;

/** Synthesizes these stacks, and says which addresses of a state the program of its stack does not know. */
export async function addressReader(
  configuration: Configuration,
  stacks: readonly StackInstance[],
): Promise<AddressReader> {
  return withTemporaryFolder(async (folder) => {
    synthesize({ configuration, stacks, contracts: new Map(), folder });
    const programs = new Map(
      stacks.map(({ id }) => [
        id,
        programOf(JSON.parse(readFileSync(join(folder, "stacks", id, "cdk.tf.json"), "utf8"))),
      ]),
    );
    return (stack, state) => {
      const document: unknown = JSON.parse(state.bytes.toString("utf8"));
      if (typeof document === "object" && document !== null && "encrypted_data" in document) return undefined;
      const program = programs.get(stack.id);
      return program === undefined
        ? []
        : standings(document, stack.stack, program)
            .filter(({ standing }) => standing.kind === "unknown" || standing.kind === "displaced")
            .map(({ address }) => address);
    };
  });
}
