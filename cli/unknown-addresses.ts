import { type StateRead } from "../authority/state/state-object";
import { standings } from "../lib/addresses/standing";
import { isRecord } from "../lib/config/kind";
import { type Configuration, type ProgramInstance, type StackInstance } from "../lib/config/load";
import { programsOf } from "./programs";

/** The addresses of a stack's state that its program does not know; undefined where the state is encrypted. */
export type AddressReader = (stack: ProgramInstance, state: StateRead) => readonly string[] | undefined;

/** A state as a document; undefined where it is encrypted. */
export function stateDocument({ bytes }: StateRead): unknown {
  const document: unknown = JSON.parse(bytes.toString("utf8"));
  return isRecord(document) && "encrypted_data" in document ? undefined : document;
}

/** Synthesizes these stacks, and says which addresses of a state the program of its stack does not know. */
export async function addressReader(
  configuration: Configuration,
  stacks: readonly ProgramInstance[],
): Promise<AddressReader> {
  const programs = await programsOf(configuration, stacks);
  return (stack, state) => {
    const document = stateDocument(state);
    if (document === undefined) return undefined;
    const program = programs.get(stack.id);
    return program === undefined
      ? []
      : standings(document, stack.stack, program)
          .filter(({ standing }) => standing.kind === "unknown" || standing.kind === "displaced")
          .map(({ address }) => address);
  };
}

/** Says of a state's bytes whether most of its addresses are ones that this stack's program knows. Synthesizes it when it is first asked. */
export function ownAddresses(configuration: Configuration, stack: StackInstance): (bytes: Buffer) => Promise<boolean> {
  let programs: ReturnType<typeof programsOf> | undefined;
  return async (bytes) => {
    const document: unknown = JSON.parse(bytes.toString("utf8"));
    if (!isRecord(document) || "encrypted_data" in document) return false;
    // Which addresses a folder of HCL may produce, only its engine knows.
    if (stack.folder !== undefined) return false;
    programs ??= programsOf(configuration, [stack]);
    const program = (await programs).get(stack.id);
    if (program === undefined) return false;
    const all = standings(document, stack.stack, program);
    const own = all.filter(({ standing }) => standing.kind !== "unknown" && standing.kind !== "displaced");
    return own.length * 2 > all.length;
  };
}
