import { type StackInstance } from "../config/load";
import { type StateContract } from "./contract";
import { sha256 } from "../sha256";

/** The state of one stack, under the name that never changes with the default environment. */
interface ContractEntry {
  /** `<stack>-<env>`. */
  readonly state: string;
  readonly contract: StateContract;
}

/** The init contract of a run: where each state lives and how it is locked. Everything a client needs but its credentials. */
export interface ContractDocument {
  /** Of this document's shape; a new shape has new hashes. */
  readonly version: 1;
  /** Sorted by name. */
  readonly states: readonly ContractEntry[];
}

/**
 * The document of `stacks`. It holds what the contracts hold and nothing of the machine: no folder, no origin, no order.
 * @throws Error where a stack has no contract: a document that leaves one out would pass for the whole.
 */
export function contractDocument(
  stacks: readonly StackInstance[],
  contracts: ReadonlyMap<string, StateContract>,
): ContractDocument {
  const states = stacks.map(({ id, stateName }): ContractEntry => {
    const contract = contracts.get(id);
    if (contract === undefined) throw new Error(`${id} has no contract`);
    return { state: stateName, contract };
  });
  return { version: 1, states: states.sort((a, b) => (a.state < b.state ? -1 : 1)) };
}

/** `sha256:` and the digest of the document's canonical JSON. Equal documents have equal hashes, on any machine. */
export function contractHash(document: ContractDocument): string {
  return `sha256:${sha256(canonicalJson(document))}`;
}

/** JSON with sorted keys and no space, what `jq -jcS .` prints. A property that is undefined is absent. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    isObject(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
