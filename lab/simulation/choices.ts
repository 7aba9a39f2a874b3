/**
 * Where a schedule's decisions come from. Option 0 is always "nothing special": the task that ran last runs on, and nothing fails.
 * The same answers give the same run, to the byte.
 */
export interface Choices {
  /** Which of `count` tasks runs next; 0 is the one that ran last, where it can. */
  task(names: readonly string[]): number;
  /** What goes wrong with an operation: 0 nothing, else one of `count` faults. */
  fault(count: number): number;
  /** A decision of a client, such as whether it pulls first. */
  decide(count: number): number;
}

/** A small generator with a known good distribution (mulberry32): schedules must be the same on every machine and Node. */
export class Random {
  #state: number;

  constructor(seed: number) {
    // Neighbouring seeds must not begin alike.
    this.#state = Math.imul(seed ^ 0x9e37_79b9, 0x85eb_ca6b) >>> 0;
    this.below(2);
  }

  /** A whole number from 0 and below `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b_79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * limit);
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
}

/**
 * Random schedules of different tempers: some switch at every operation, some let a task run for long, and in some one task is
 * so slow that the others finish whole commands between two of its operations. That is where the rare errors are.
 */
export class RandomChoices implements Choices {
  readonly #stickiness: number;
  readonly #faultPercent: number;
  readonly #slowness = new Map<string, boolean>();

  constructor(readonly random: Random) {
    this.#stickiness = [0, 50, 90][random.below(3)] ?? 0;
    this.#faultPercent = [1, 4, 12][random.below(3)] ?? 1;
  }

  task(names: readonly string[]): number {
    if (this.random.chance(this.#stickiness)) return 0;
    const chosen = this.random.below(names.length);
    // A slow task is passed over nine times in ten.
    return this.#isSlow(names[chosen] ?? "") && this.random.chance(90) ? this.random.below(names.length) : chosen;
  }

  fault(count: number): number {
    return this.random.chance(this.#faultPercent) ? 1 + this.random.below(count) : 0;
  }

  decide(count: number): number {
    return this.random.below(count);
  }

  #isSlow(name: string): boolean {
    const known = this.#slowness.get(name);
    if (known !== undefined) return known;
    const slow = this.random.chance(25);
    this.#slowness.set(name, slow);
    return slow;
  }
}

/** One decision of an enumerated run: how many options there were, and which was taken. */
export interface Decision {
  readonly options: number;
  readonly taken: number;
}

/** Follows a list of decisions, then takes option 0; remembers what it was asked. */
export class ListedChoices implements Choices {
  readonly decisions: Decision[] = [];

  constructor(private readonly planned: readonly number[]) {}

  task(names: readonly string[]): number {
    return this.decide(names.length);
  }

  fault(count: number): number {
    return this.decide(count + 1);
  }

  decide(options: number): number {
    const planned = this.planned[this.decisions.length] ?? 0;
    const taken = planned < options ? planned : 0;
    this.decisions.push({ options, taken });
    return taken;
  }
}
