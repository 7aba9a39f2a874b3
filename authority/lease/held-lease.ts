import { amendSubmission, recordSubmission } from "./applies";
import { type BesideState } from "./beside-state";
import { advanceLease, endLease, takeLease } from "./lease";
import { type Kept } from "./record";
import { type Lease, type Submission } from "./schema";

/** The lease of a run that applies, from its first look to its last. */
export interface HeldLease {
  readonly id: string;
  /**
   * Says, on every machine, that the engine is about to start: from now on the lease outlives this run, until somebody knows what became of
   * it. @throws UserError `bundle-submitted`, `lease-lost`.
   */
  attempt(submission: Submission): Promise<void>;
  /** Says that the engine ended well. */
  applied(): Promise<void>;
  /** Says what became of it: the lease is given back when the run ends, however it ends. */
  settle(outcome: Submission["outcome"], serial: number | undefined): Promise<void>;
}

/**
 * Runs work under the lease of a state. It is given back where nothing was attempted, or what was attempted is settled; otherwise it
 * stays, for `flywheel reconcile`. @throws UserError `lease-held`, which names the holder.
 */
export async function underLease<T>(
  beside: BesideState,
  lease: Lease,
  work: (held: HeldLease) => Promise<T>,
): Promise<T> {
  let held: Kept<Lease> = await takeLease(beside.lease, lease);
  let mayEnd = true;
  try {
    return await work({
      id: lease.id,
      attempt: async (submission) => {
        await recordSubmission(beside.applies, submission);
        mayEnd = false;
        held = await advanceLease(beside.lease, held, "attempted");
      },
      applied: async () => {
        held = await advanceLease(beside.lease, held, "applied");
      },
      settle: async (outcome, serial) => {
        await amendSubmission(beside.applies, lease.id, (one) => ({
          ...one,
          outcome,
          ...(serial === undefined ? {} : { serial }),
        }));
        mayEnd = true;
      },
    });
  } finally {
    if (mayEnd) await endLease(beside.lease, held);
  }
}
