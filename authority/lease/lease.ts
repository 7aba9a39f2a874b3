import { leaseHeld, leaseLost } from "../refusals";
import { StoreConflict, StoreUnavailable } from "../stores/object-store";
import { type ConditionalObject } from "./conditional-object";
import { encodeRecord, type Kept, readRecord } from "./record";
import { type Lease, leaseSchema } from "./schema";

/** Who holds the lease of a state; undefined where nobody does. @throws UserError for an object that is none. */
export async function readLease(object: ConditionalObject): Promise<Kept<Lease> | undefined> {
  return readRecord(object, leaseSchema, "a lease");
}

/**
 * Takes the lease; returns what it is changed with. Of any number of simultaneous calls one succeeds. The same id again is fine: the
 * answer to the first may have been lost. @throws UserError `lease-held`, which names the holder.
 */
export async function takeLease(object: ConditionalObject, lease: Lease): Promise<Kept<Lease>> {
  // Between a refusal and the look the holder may have given it back.
  for (let attempt = 0; ; attempt += 1) {
    let failure: unknown;
    try {
      return { record: lease, version: await object.create(encodeRecord(lease)) };
    } catch (error) {
      if (!(error instanceof StoreConflict) && !(error instanceof StoreUnavailable)) throw error;
      failure = error;
    }
    const held = await readLease(object);
    if (held?.record.id === lease.id) return held;
    if (held !== undefined) throw leaseHeld(object.description, held.record);
    if (failure instanceof StoreUnavailable || attempt >= 16) throw failure;
  }
}

/** Says how far the run has come. @throws UserError `lease-lost` where it is not the one that was taken any more. */
export async function advanceLease(
  object: ConditionalObject,
  held: Kept<Lease>,
  phase: Lease["phase"],
): Promise<Kept<Lease>> {
  const record = { ...held.record, phase };
  try {
    return { record, version: await object.replace(encodeRecord(record), held.version) };
  } catch (error) {
    if (!(error instanceof StoreConflict)) throw error;
    const now = await readLease(object);
    // The answer to an earlier try was lost.
    if (now?.record.id === record.id && now.record.phase === phase) return now;
    throw leaseLost(object.description, now?.record);
  }
}

/** Gives the lease back. Fine where it is gone. @throws UserError `lease-lost` where somebody else has it. */
export async function endLease(object: ConditionalObject, held: Kept<Lease>): Promise<void> {
  try {
    await object.remove(held.version);
  } catch (error) {
    if (!(error instanceof StoreConflict)) throw error;
    const now = await readLease(object);
    if (now !== undefined) throw leaseLost(object.description, now.record);
  }
}
