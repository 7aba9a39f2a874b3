import { type StateContract } from "../../lib/backend/contract";
import { type Configuration, type StackInstance } from "../../lib/config/load";
import { type Clock } from "../clock";

/** Something that tells that a stack was deployed before. */
export interface Trace {
  readonly what: string;
  /** The key of a state in the bucket that may be this stack's. */
  readonly key?: string;
  /** What to do about it, where that is no line of `keys`. */
  readonly remedy?: string;
}

export interface TraceSearch {
  readonly configuration: Configuration;
  readonly stack: StackInstance;
  readonly contract: StateContract;
  readonly environment: NodeJS.ProcessEnv;
  readonly clock: Clock;
  /** Whether a state is at the place of the contract. */
  readonly isThere: boolean;
  /** The file store that the server of an http place has behind it. @default not known */
  readonly fileStore?: string;
  /** Lineages that were this stack's. */
  readonly lineages: readonly string[];
  /** Whether most addresses of a state are ones of this stack. Asked only where a state lies at a key of nobody's. */
  readonly hasItsAddresses: (bytes: Buffer) => Promise<boolean>;
  /** Ask a server that does not tell who holds a lock by taking it. @default no: nothing is written */
  readonly mayLock?: boolean;
}
