import { type Random } from "../../lab/fault-proxy/faults";
import { type Incident } from "./actor";
import { pick } from "./random";
import { type Side } from "./world";

/** What one run is about: all of it from the seed. */
export interface Plan {
  readonly to: Side;
  /** Both doors lead to one object. */
  readonly sameObject: boolean;
  /** The destination holds an older copy, open, from before the ledger. */
  readonly olderCopy: boolean;
  /** The probability that a request of a user fails. */
  readonly faults: number;
  readonly writerFaults: number;
  readonly incident?: Incident;
  /** What the second user does: the same after the first one's incident, an abort then, or the same at the same time. */
  readonly bobs: "cutover" | "abort" | "at once";
  /** Milliseconds until the second user starts, where that is at once. */
  readonly delay: number;
}

export function planFrom(random: Random): Plan {
  const kind = pick<Incident["kind"] | "none">(random, ["none", "death before", "death after", "death before", "death after", "pause"]);
  return {
    to: pick<Side>(random, ["s3", "http"]),
    sameObject: random() < 0.12,
    olderCopy: random() < 0.08,
    faults: pick(random, [0, 0.02, 0.08]),
    writerFaults: pick(random, [0, 0.05]),
    ...(kind === "none" ? {} : { incident: { kind, at: 1 + Math.floor(random() * 55) } }),
    bobs: pick<Plan["bobs"]>(random, ["cutover", "cutover", "abort", "at once"]),
    delay: Math.floor(random() * 60),
  };
}

/** A plan in one line. */
export function describePlan({ to, sameObject, olderCopy, faults, writerFaults, incident, bobs }: Plan): string {
  return [
    `to ${to}`,
    ...(sameObject ? ["one object"] : []),
    ...(olderCopy ? ["over an older copy"] : []),
    `faults ${faults}/${writerFaults}`,
    incident === undefined ? "no incident" : `${incident.kind} at request ${incident.at}`,
    `second user: ${bobs}`,
  ].join(", ");
}
