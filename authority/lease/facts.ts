import { readApplies } from "./applies";
import { type BesideObjects } from "./beside-objects";
import { isFrozen, readFreeze } from "./freeze";
import { readLease } from "./lease";
import { type Freeze, type Lease, type Submission } from "./schema";

/** What the objects beside a state tell of it. */
export interface BesideFacts {
  /** Who applies, or did and was cut off. */
  readonly lease?: Lease;
  /** The freezes that count now: its own, and the one of every state. */
  readonly freezes: readonly Freeze[];
  /** Applies that are kept, newest first. */
  readonly applies: readonly Submission[];
}

/** Reads what lies beside a state. @throws UserError for an outage, and for an object that is no such record. */
export async function besideFacts(beside: BesideObjects, now: Date): Promise<BesideFacts> {
  const [lease, own, all, { applies }] = await Promise.all([
    readLease(beside.lease),
    readFreeze(beside.freeze),
    readFreeze(beside.freezeAll),
    readApplies(beside.applies),
  ]);
  const freezes = [own?.record, all?.record].filter((record) => isFrozen(record, now));
  return { ...(lease === undefined ? {} : { lease: lease.record }), freezes, applies };
}

/** The apply that wrote the state with this serial, where it is known. */
export function applyOf({ applies }: Pick<BesideFacts, "applies">, serial: number | undefined): Submission | undefined {
  return serial === undefined ? undefined : applies.find((one) => one.serial === serial);
}

/** `apply by ann on laptop since 2026-04-16T09:12:00Z (attempted)`. */
export function describeLease({ who, host, since, phase }: Lease): string {
  return `apply by ${who} on ${host} since ${since} (${phase})`;
}

/** `frozen by ann since 2026-04-16T09:12:00Z until ...: why`. */
export function describeFreeze({ who, since, until, why }: Freeze): string {
  return `frozen by ${who} since ${since}${until === undefined ? "" : ` until ${until}`}: ${why}`;
}

/** `ann on laptop, commit 6f1c..., run https://...`. */
export function describeApply({ who, host, commit, run }: Submission): string {
  return [
    `${who} on ${host}`,
    ...(commit === undefined ? [] : [`commit ${commit.slice(0, 12)}`]),
    ...(run === undefined ? [] : [`run ${run}`]),
  ].join(", ");
}
