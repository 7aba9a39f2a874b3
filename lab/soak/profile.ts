import { type Random } from "../fault-proxy/faults";

/** What is done in a soak, and in which time. The whole of it is done, however slow the machine is. */
export interface Profile {
  /** The time that it is spread over, in seconds. A slow machine takes longer. */
  readonly seconds: number;
  readonly seed: number;
  /** By each client of a state; every state has one on either backend. */
  readonly applies: number;
  readonly plans: number;
  /** Of each state, there and back again. */
  readonly cutovers: number;
  /** `kill -9` of `flywheel serve`, and of the store, each with a restart. */
  readonly serverKills: number;
  readonly storeKills: number;
}

/**
 * A week as it is lived: each stack of each environment is applied three times a day and planned ten times (pull requests, drift),
 * moves once and back, the server is restarted daily and the store every other day, without a goodbye.
 */
export function week(minutes: number, seed: number): Profile {
  return { seconds: minutes * 60, seed, applies: 21, plans: 70, cutovers: 2, serverKills: 7, storeKills: 3 };
}

/** So many moments, sorted, in milliseconds from the beginning: one in each equal part of the time. */
export function moments(random: Random, count: number, seconds: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => (1000 * seconds * (index + random())) / count);
}
