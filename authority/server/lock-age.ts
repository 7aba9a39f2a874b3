import { UserError } from "../../lib/errors";
import { type Clock } from "../clock";
import { sealedTo } from "../cutover/seal";
import { type LockInfo, zeroTime } from "../state/lock-info";

/** How long an answer is told again before the store is asked anew: who reads metrics proves nothing, and must cost nothing. */
const freshFor = 15_000;

/** The age of the oldest lock that somebody works under. A seal is none: it is meant to stay. */
export class OldestLock {
  readonly #seen = new Map<string, number>();
  #looked: { at: number; seconds: Promise<number | undefined> } | undefined;

  constructor(
    private readonly states: readonly { holder(): Promise<LockInfo | undefined> }[],
    private readonly clock: Clock,
  ) {}

  /** Seconds; 0 where nothing is locked, undefined where the store does not tell. */
  seconds(): Promise<number | undefined> {
    const now = this.clock.now().getTime();
    if (this.#looked === undefined || now - this.#looked.at > freshFor)
      this.#looked = { at: now, seconds: this.#look(now) };
    return this.#looked.seconds;
  }

  async #look(now: number): Promise<number | undefined> {
    try {
      const held = await Promise.all(this.states.map((state) => state.holder()));
      const locks = held.flatMap((lock) => (lock === undefined || sealedTo(lock) !== undefined ? [] : [lock]));
      const known = new Set(locks.map(({ ID }) => ID));
      for (const id of this.#seen.keys()) if (!known.has(id)) this.#seen.delete(id);
      return Math.max(0, ...locks.map((lock) => (now - this.#since(lock, now)) / 1000));
    } catch (error) {
      if (error instanceof UserError) return undefined;
      throw error;
    }
  }

  /** When it was taken; of one that does not say, when it was first seen here. */
  #since({ ID, Created }: LockInfo, now: number): number {
    const seen = this.#seen.get(ID) ?? now;
    this.#seen.set(ID, seen);
    return Created === zeroTime ? seen : new Date(Created).getTime();
  }
}
