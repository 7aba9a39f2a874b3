import { type MovableBackend } from "../../lib/config/backends";
import { type Random } from "./choices";

export type ClientKind =
  /** An engine with one of the two backends, wherever its checkout says. */
  | "engine"
  /** Plans without a lock. */
  | "planner"
  /** Moves and moves back. */
  | "cutover to s3"
  | "cutover to http"
  | "abort"
  /** Gives back a lock whose holder may well be alive. */
  | "force-unlock"
  /** Gives back locks of moves and seals, as an operator in trouble does. */
  | "break-move"
  /** The bucket is created anew, empty, and comes back later. */
  | "bucket-loss";

/** What one run is about. */
export interface Scenario {
  /** A server of its own behind the HTTP backend, or the same bucket behind both. */
  readonly places: "two places" | "one object";
  /** Where the state lives when the run begins: after a real cutover for s3. */
  readonly start: MovableBackend;
  readonly clients: readonly ClientKind[];
  readonly faults: number;
  /** Locks of living engines are broken by force. */
  readonly breaksLocks: boolean;
  /** Locks of moves and seals are broken by force. */
  readonly breaksMoves: boolean;
  readonly bucketIsLost: boolean;
}

/** A scenario of these clients. */
export function scenario(
  places: Scenario["places"],
  start: MovableBackend,
  clients: readonly ClientKind[],
  faults: number,
): Scenario {
  return {
    places,
    start,
    clients,
    faults,
    breaksLocks: clients.includes("force-unlock"),
    breaksMoves: clients.includes("break-move"),
    bucketIsLost: clients.includes("bucket-loss"),
  };
}

const mixes: readonly (readonly ClientKind[])[] = [
  ["engine", "cutover to s3", "abort"],
  ["engine", "cutover to s3", "cutover to s3"],
  ["engine", "engine", "cutover to s3"],
  ["engine", "cutover to s3", "cutover to http"],
  ["engine", "engine", "engine"],
  ["engine", "engine", "planner"],
  ["cutover to s3", "cutover to s3", "abort"],
  ["cutover to s3", "abort", "abort"],
  ["engine", "engine", "force-unlock"],
  ["engine", "cutover to s3", "force-unlock"],
  ["engine", "cutover to s3", "bucket-loss"],
  ["engine", "engine", "cutover to s3", "abort"],
  ["engine", "cutover to s3", "break-move"],
  ["cutover to s3", "cutover to s3", "break-move"],
  ["engine", "cutover to s3", "abort", "break-move"],
];

/** A random scenario; one that moves away from where the state is. */
export function randomScenario(random: Random): Scenario {
  const places = random.chance(25) ? "one object" : "two places";
  const start: MovableBackend = random.chance(35) ? "s3" : "http";
  const mix = mixes[random.below(mixes.length)] ?? [];
  return scenario(places, start, start === "http" ? mix : mix.map(reversed), random.below(4));
}

function reversed(client: ClientKind): ClientKind {
  if (client === "cutover to s3") return "cutover to http";
  return client === "cutover to http" ? "cutover to s3" : client;
}
