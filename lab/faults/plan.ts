import { type Random } from "../fault-proxy/faults";
import { type MovableBackend } from "../../lib/config/backends";
import { pick, seeded } from "./random";

/** The moments at which somebody looks after what an engine has left: while users still move the state, after them, after the move. */
export const moments = ["soon", "after the users", "after the move"] as const;
export type Moment = (typeof moments)[number];

/** The store goes down in the middle of an apply and stays down until its engine has exited. */
export interface Outage {
  /** Which of the applies that have read a state it hits. */
  readonly at: number;
  /** When its operator gives the dead lock back, and when the state that was not saved is put back. */
  readonly unlock: Moment;
  readonly recover: Moment;
}

/** What is to happen to a user at one of its requests, counted over both stores. */
export interface Incident {
  readonly at: number;
  /**
   * "death": the machine is gone, and its clone with it, before or after the request took effect. "kill": SIGKILL of a real process,
   * whose clone stays. "pause": the request waits, as in a laptop that sleeps, until `resume`.
   */
  readonly kind: "death before" | "death after" | "kill before" | "kill after" | "pause";
}

/** For some requests of a user the bucket is another one, or its server is. */
export interface Spell {
  readonly kind: "bucket re-created" | "delete markers block locks";
  readonly of: "ann" | "bob";
  /** The first of the user's requests to the bucket that meets it, and how many do. */
  readonly at: number;
  readonly requests: number;
}

/** What one run is about: all of it from the seed. */
export interface Plan {
  readonly to: MovableBackend;
  /** Both backends lead to one object. */
  readonly sameObject: boolean;
  /** The destination holds an older copy, open, from before the ledger. */
  readonly olderCopy: boolean;
  /** The probability that a request of a user fails. */
  readonly faults: number;
  readonly writerFaults: number;
  /** What happens to the first user, and to the second one. */
  readonly incident?: Incident;
  readonly secondIncident?: Incident;
  /** What the second user does: the same after the first one's incident, an abort then, or the same at the same time. */
  readonly bobs: "cutover" | "abort" | "at once";
  /** Milliseconds until the second user starts, where that is at once. */
  readonly delay: number;
  readonly outage?: Outage;
  readonly spell?: Spell;
}

/** Each part draws from numbers of its own, so that a new part leaves what the older ones draw. */
export function planFrom(seed: number): Plan {
  const moves = movesFrom(seeded(seed));
  return {
    ...moves,
    ...killFrom(seeded(seed + 1_000_003), moves),
    ...outageFrom(seeded(seed + 2_000_003)),
    ...spellFrom(seeded(seed + 3_000_003)),
  };
}

function movesFrom(random: Random): Plan {
  const kind = pick<Incident["kind"] | "none">(random, [
    "none",
    "death before",
    "death after",
    "death before",
    "death after",
    "pause",
  ]);
  return {
    to: pick<MovableBackend>(random, ["s3", "http"]),
    sameObject: random() < 0.12,
    olderCopy: random() < 0.08,
    faults: pick(random, [0, 0.02, 0.08]),
    writerFaults: pick(random, [0, 0.05]),
    ...(kind === "none" ? {} : { incident: { kind, at: 1 + Math.floor(random() * 55) } }),
    bobs: pick<Plan["bobs"]>(random, ["cutover", "cutover", "abort", "at once"]),
    delay: Math.floor(random() * 60),
  };
}

/** In one run of eight a process is killed: the first user's cutover or, where the second one aborts, that abort every other time. */
function killFrom(random: Random, { bobs }: Plan): Pick<Plan, "incident" | "secondIncident"> {
  if (random() >= 1 / 8) return {};
  const kind = pick<Incident["kind"]>(random, ["kill before", "kill after"]);
  const [ofAbort, part] = [random() < 0.5, random()];
  // An abort has fewer requests than a cutover.
  if (bobs === "abort" && ofAbort) return { secondIncident: { kind, at: 1 + Math.floor(part * 25) } };
  return { incident: { kind, at: 1 + Math.floor(part * 55) } };
}

/** In one run of eight. What is put back later than its lock is given back competes with whoever applies in between. */
function outageFrom(random: Random): Pick<Plan, "outage"> {
  if (random() >= 1 / 8) return {};
  const at = 1 + Math.floor(random() * 3);
  const later = [
    ["soon", "after the users"],
    ["soon", "after the move"],
  ] as const;
  const [unlock, recover] = pick<readonly [Moment, Moment]>(random, [
    ["soon", "soon"],
    ["soon", "soon"],
    ...later,
    ...later,
    ["after the users", "after the users"],
    ["after the users", "after the move"],
  ]);
  return { outage: { at, unlock, recover } };
}

function spellFrom(random: Random): Pick<Plan, "spell"> {
  if (random() >= 1 / 8) return {};
  const kind = pick<Spell["kind"]>(random, ["bucket re-created", "bucket re-created", "delete markers block locks"]);
  return {
    spell: {
      kind,
      of: pick(random, ["ann", "bob"]),
      at: 1 + Math.floor(random() * 30),
      requests: 1 + Math.floor(random() * 25),
    },
  };
}

/** A plan in one line. */
export function describePlan({
  to,
  sameObject,
  olderCopy,
  faults,
  writerFaults,
  incident,
  secondIncident,
  bobs,
  outage,
  spell,
}: Plan): string {
  return [
    `to ${to}`,
    ...(sameObject ? ["one object"] : []),
    ...(olderCopy ? ["over an older copy"] : []),
    `faults ${faults}/${writerFaults}`,
    incident === undefined ? "no incident" : `${incident.kind} at request ${incident.at}`,
    `second user: ${bobs}${secondIncident === undefined ? "" : `, ${secondIncident.kind} at request ${secondIncident.at}`}`,
    ...(outage === undefined
      ? []
      : [
          `the store goes down in apply ${outage.at}, its lock given back ${outage.unlock}, its state put back ${outage.recover}`,
        ]),
    ...(spell === undefined
      ? []
      : [`${spell.kind} for ${spell.requests} requests of ${spell.of} from request ${spell.at}`]),
  ].join(", ");
}
