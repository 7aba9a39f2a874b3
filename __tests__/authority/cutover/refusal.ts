import { type Room } from "./room";

/** A condition that a move is refused in. */
export interface Refusal {
  readonly name: string;
  /** The code of the problem, and what an operator must find in it. */
  readonly code: string;
  readonly says: readonly RegExp[];
  readonly args?: readonly string[];
  /** Whether a dry run is tried too. It looks at everything, and only takes no lock. */
  readonly dryRun?: true;
  readonly prepare: (room: Room) => Promise<void>;
}
