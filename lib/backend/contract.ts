import { type StackInstance } from "../config/load";
import { type BackendType } from "../config/backends";
import { type Problem } from "../errors";
import { type ContractOf, families } from "./families";
import { type Claim, type Machine } from "./family";

/** A contract of the family T: what lets a table of families be asked by a contract's own type. */
export type ContractOn<T extends BackendType> = { [K in T]: ContractOf[K] & { readonly type: K } }[T];

/**
 * Where a stack's state lives and how it is locked: plain data, no secret in it. Everything that touches a state - synth, the
 * commands, the state server - starts from this value.
 */
export type StateContract = ContractOn<BackendType>;

/**
 * The place as the ledger writes it: the address, or `s3://bucket/key`. The endpoint is not part of it: it is the way to the
 * bucket and may change; the bucket's identity (`state.s3.authority`) tells whether it is still the same.
 */
export function location<T extends BackendType>(contract: ContractOn<T>): string {
  return families[contract.type].location(contract);
}

/** The place in a form in which equal places are equal texts. */
function comparableLocation<T extends BackendType>(contract: ContractOn<T>): string {
  const family = families[contract.type];
  return family.comparable(family.location(contract));
}

/** Whether a place that the ledger or a generation names is the contract's. */
export function isAt(
  contract: StateContract,
  place: { readonly backend: BackendType; readonly location: string },
): boolean {
  return (
    place.backend === contract.type &&
    families[place.backend].comparable(place.location) === comparableLocation(contract)
  );
}

/** The lines of organization.yaml that name another place again, one that the ledger knows. */
export function settingOf<T extends BackendType>(
  contract: ContractOn<T>,
  stack: Pick<StackInstance, "stack" | "environment">,
  recorded: string,
): string {
  return families[contract.type].settingOf(contract, stack, recorded);
}

/** What no other stack may have. */
export function claims<T extends BackendType>(contract: ContractOn<T>): readonly Claim[] {
  return families[contract.type].claims(contract);
}

/** What is wrong with a contract in itself. `id` is the stack's. */
export function contractProblems<T extends BackendType>(id: string, contract: ContractOn<T>): readonly Problem[] {
  return families[contract.type].problems(id, contract);
}

/** How the lock is taken, for people. */
export function describeLocking<T extends BackendType>(contract: ContractOn<T>): string {
  return families[contract.type].lock(contract);
}

/** The engines' backend block, which is the configuration of the remote state that reads it, too. No credentials in it. */
export function backendBlock<T extends BackendType>(contract: ContractOn<T>): Readonly<Record<string, unknown>> {
  return families[contract.type].block(contract);
}

/** The URL of the server that answers for the place; undefined where the contract does not name one. */
export function endpoint<T extends BackendType>(contract: ContractOn<T>): string | undefined {
  return families[contract.type].endpoint(contract);
}

/** Whether a second engine is kept out at all. */
export function locks<T extends BackendType>(contract: ContractOn<T>): boolean {
  return families[contract.type].locks(contract);
}

/** The contract of a state that belongs to nobody, at the same place; undefined where that does not tell. `id` is the caller's own. */
export function scratchOf<T extends BackendType>(
  contract: ContractOn<T>,
  stateName: string,
  id: string,
): StateContract | undefined {
  return families[contract.type].scratch(contract, stateName, id);
}

/** What an engine needs in its environment besides credentials to work with this contract. */
export function engineVariables(contract: StateContract, machine: Machine): Readonly<Record<string, string>> {
  return families[contract.type].variables(backendBlock(contract), machine);
}
