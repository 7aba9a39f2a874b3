import { randomUUID } from "node:crypto";

/** What the authority takes from the world besides its store. A simulation passes its own and so repeats itself exactly. */
export interface Clock {
  /** The time, for "since" in messages and for the history's dates. Nothing is decided by comparing it between machines. */
  now(): Date;
  /** A name that nobody else uses. */
  uniqueId(): string;
}

/** The machine's own clock and random source. */
export const systemClock: Clock = {
  now: () => new Date(),
  uniqueId: () => randomUUID(),
};
