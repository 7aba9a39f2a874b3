import { type Clock } from "../clock";
import { sealedTo } from "../cutover/seal";
import { type LockInfo, zeroTime } from "../state/lock-info";

/** How long an answer is told again before the store is asked anew: who reads metrics proves nothing, and must cost nothing. */
const freshFor = 15_000;

/** An answer that is older is none: the store has not answered since. */
const toldFor = 120_000;

/** The age of the oldest lock that somebody works under. A seal is none: it is meant to stay. */
export class OldestLock {
  readonly #seen = new Map<string, number>();
  #known: { readonly at: number; readonly seconds: number | undefined } | undefined;
  #asked = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly states: readonly { holder(): Promise<LockInfo | undefined> }[],
    private readonly clock: Clock,
  ) {}

  /**
   * Seconds, as far as the store has told by now; 0 where nothing is locked, undefined where it does not tell. Metrics never wait for a store:
   * it is asked behind the answer, for the next one.
   */
  seconds(): number | undefined {
    const now = this.clock.now().getTime();
    if (now - this.#asked > freshFor) {
      this.#asked = now;
      void this.look();
    }
    return this.#known === undefined || now - this.#known.at > toldFor ? undefined : this.#known.seconds;
  }

  /** Asks the store now. */
  async look(): Promise<void> {
    const now = this.clock.now().getTime();
    this.#known = { at: now, seconds: await this.#ask(now) };
  }

  async #ask(now: number): Promise<number | undefined> {
    try {
      const held = await Promise.all(this.states.map((state) => state.holder()));
      const locks = held.flatMap((lock) => (lock === undefined || sealedTo(lock) !== undefined ? [] : [lock]));
      const known = new Set(locks.map(({ ID }) => ID));
      for (const id of this.#seen.keys()) if (!known.has(id)) this.#seen.delete(id);
      return Math.max(0, ...locks.map((lock) => (now - this.#since(lock, now)) / 1000));
    } catch {
      // No metric ends the server. A request for a state tells what is wrong.
      return undefined;
    }
  }

  /** When it was taken; of one that does not say, when it was first seen here. */
  #since({ ID, Created }: LockInfo, now: number): number {
    const seen = this.#seen.get(ID) ?? now;
    this.#seen.set(ID, seen);
    return Created === zeroTime ? seen : new Date(Created).getTime();
  }
}
