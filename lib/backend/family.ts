import { type Configuration, type StackInstance } from "../config/load";
import { type StateSettings } from "../config/organization";
import { type Problem } from "../errors";

/** The environment variables that today's contract takes its addresses from. */
export type BackendEnvironment = Readonly<Record<string, string | undefined>>;

/** Asks where one stack's state is. */
export interface PlaceRequest {
  readonly configuration: Configuration;
  readonly stack: StackInstance;
  readonly environment: BackendEnvironment;
  /** The stacks of this run that are on the same backend, this one among them: what one address is given to. */
  readonly companions: readonly StackInstance[];
}

/** Something that two stacks must never share, in a form in which the same thing is the same text. */
export interface Claim {
  readonly kind: "state" | "lock";
  readonly place: string;
}

/** Variables that an engine reads, by their names, and what they would decide behind a check. */
export type ForeignVariable = readonly [name: RegExp, decides: string];

/** What differs from machine to machine, and no contract says. */
export interface Machine {
  /** The absolute path of the kubeconfig that the stack's providers read; absent where nothing names one. */
  readonly kubeconfig?: string;
}

/** All that differs from one kind of backend to another, for a contract of its own. Pure: it asks configuration and nobody else. */
export interface BackendFamily<C> {
  /** Where a stack's state is, or would be. @throws UserError where configuration gives it no place. */
  resolve(request: PlaceRequest): Promise<C>;

  /** Whether organization.yaml alone gives states a place on this backend. */
  isConfigured(state: StateSettings): boolean;

  /** Whether a stack may be on it without a ledger entry, as every stack was before there was a ledger. */
  readonly ledgerIsOptional: boolean;

  /** The variables by which a run proves to the place who it is. They pass to the engine, which reads them by these names. */
  readonly credentials: readonly string[];

  /** What else the engines' own backend reads from the environment, and what it would decide: refused before an engine runs. */
  readonly foreignVariables: readonly ForeignVariable[];

  /** The URL of the server that answers for the place; undefined where only the engine's own configuration names it. */
  endpoint(contract: C): string | undefined;

  /**
   * Where the configuration's own store keeps the stack's state while a server of ours serves it, as `location` writes it, whatever the
   * flag says; undefined where servers of ours do not stand on this backend.
   */
  servedFrom(configuration: Configuration, stack: StackInstance): string | undefined;

  /** The place as the ledger writes it. */
  location(contract: C): string;

  /** A location in a form in which equal places are equal texts. */
  comparable(location: string): string;

  /** The lines of organization.yaml that name another place again, one that the ledger knows, for the stack of this contract. */
  settingOf(contract: C, stack: Pick<StackInstance, "stack" | "environment">, location: string): string;

  /** What no other stack may have. */
  claims(contract: C): readonly Claim[];

  /** What is wrong with the contract in itself. */
  problems(id: string, contract: C): readonly Problem[];

  /** How the lock is taken, for people. */
  lock(contract: C): string;

  /** Whether a second engine is kept out at all. */
  locks(contract: C): boolean;

  /**
   * The contract of a state that belongs to nobody, at the same place and with the same settings, for a check to work on.
   * Undefined where the place does not tell where that would be. `id` is the check's own.
   */
  scratch(contract: C, stateName: string, id: string): C | undefined;

  /** What an engine needs in its environment besides credentials to work with this block as it says. */
  variables(block: Readonly<Record<string, unknown>>, machine: Machine): Readonly<Record<string, string>>;

  /** The engines' backend block, and the configuration of the remote state that reads it: their names, no credentials. */
  block(contract: C): Readonly<Record<string, unknown>>;
}
