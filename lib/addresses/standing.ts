import { type StackName } from "../config/names";
import { catalogued } from "./catalogue";
import { type InstanceAddress } from "./instance-address";
import { type Program } from "./program";
import { type StateInstance, stateInstances } from "./state-addresses";
import { parsedJson } from "../json";

/** How an instance in a state stands to the program that is about to be planned on it. */
export type Standing =
  /** The program has it, here or at the address it is moved to. */
  | { readonly kind: "kept"; readonly as: string }
  /** `state.release` forgets it. */
  | { readonly kind: "released" }
  /** The program has it with other settings: a plan destroys it, and says so. */
  | { readonly kind: "turned-off"; readonly resource: string; readonly data: boolean }
  /** Another instance is at the address that it would move to: a plan destroys this one. */
  | { readonly kind: "displaced"; readonly by: string }
  /** A replacement left it behind: a plan destroys it. */
  | { readonly kind: "deposed"; readonly key: string }
  /** Nobody knows it: a plan would destroy it all the same. */
  | { readonly kind: "unknown" };

export interface InState {
  readonly address: string;
  readonly standing: Standing;
}

/** Every managed instance of a state (the document, parsed) and how it stands to the program of a stack. */
export function standings(state: unknown, stack: StackName, program: Program): readonly InState[] {
  const taken = new Set<string>();
  const instances = stateInstances(state);
  // What is at its own address already keeps it: a second one that would move there stays behind, and is destroyed.
  const ordered = [...instances].sort((a, b) => Number(isOwn(b.address, program)) - Number(isOwn(a.address, program)));
  const found = new Map<StateInstance, Standing>(
    ordered.map((instance) => [instance, standingOf(instance, stack, program, taken)]),
  );
  return instances.map((instance) => ({
    address: instance.address.text,
    standing: found.get(instance) ?? { kind: "unknown" },
  }));
}

function standingOf(
  { address, deposed }: StateInstance,
  stack: StackName,
  program: Program,
  taken: Set<string>,
): Standing {
  const released = program.released.includes(address.resource);
  const known = catalogued(stack, address);
  const as = destination(address, program);
  if (deposed !== undefined) {
    if (released) return { kind: "released" };
    return as === undefined && known === undefined ? { kind: "unknown" } : { kind: "deposed", key: deposed };
  }
  if (as !== undefined && !taken.has(as)) {
    taken.add(as);
    return { kind: "kept", as };
  }
  if (released) return { kind: "released" };
  if (as !== undefined) return { kind: "displaced", by: as };
  if (known === undefined) return { kind: "unknown" };
  return { kind: "turned-off", resource: known.address, data: known.data === true };
}

function isOwn(address: InstanceAddress, program: Program): boolean {
  return program.own.has(address.withoutOwnKey);
}

/** The address that the program has this instance under, after its moves. */
function destination(address: InstanceAddress, program: Program): string | undefined {
  const exact = program.moves.find(({ from }) => from === address.text);
  if (exact !== undefined) return exact.to;
  const whole =
    address.key === undefined ? undefined : program.moves.find(({ from }) => from === address.withoutOwnKey);
  const resource = whole?.to ?? address.withoutOwnKey;
  const own = program.own.get(resource);
  if (own === undefined) return undefined;
  if (own.keys !== undefined) {
    const key = address.key?.startsWith('"') === true ? parsedJson(address.key) : undefined;
    return typeof key === "string" && own.keys.includes(key) ? `${resource}[${address.key ?? ""}]` : undefined;
  }
  // Engines take `[0]` for the one instance of a resource that has no count any more, but only at its own address.
  return address.key === undefined || (address.key === "0" && whole === undefined) ? resource : undefined;
}
