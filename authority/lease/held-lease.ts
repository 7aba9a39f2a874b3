import { setTimeout as delay } from "node:timers/promises";
import { UserError } from "../../lib/errors";
import { Interrupted, nothingRuns, refuseAfterSignal, type Running, whileRunning } from "../../lib/signals";
import { amendSubmission, recordSubmission } from "./applies";
import { type BesideState } from "./beside-state";
import { advanceLease, endLease, readLease, takeLease } from "./lease";
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

/** How long the lease is waited for where somebody else has it, in seconds, and who is told. */
export interface LeasePatience {
  readonly seconds: number;
  readonly tell: (line: string) => void;
}

const [look, tellAgain] = [2, 60];

/**
 * Runs work under the lease of a state. It is given back where nothing was attempted, or what was attempted is settled; otherwise it
 * stays, for `flywheel reconcile`. A signal is heeded in order: before anything was attempted the work is left where it is, and the lease
 * given back. @throws UserError `lease-held`, which names the holder. Interrupted after a signal.
 */
export async function underLease<T>(
  beside: BesideState,
  lease: Lease,
  work: (held: HeldLease) => Promise<T>,
  patience?: LeasePatience,
): Promise<T> {
  let mayEnd = true;
  let stop: (signal: NodeJS.Signals) => void = () => undefined;
  const stopped = new Promise<never>((_resolve, reject) => {
    stop = (signal) => {
      void nothingRuns(self).then(() => {
        if (mayEnd) reject(new Interrupted(signal));
      });
    };
  });
  // The error may come before anybody awaits it.
  stopped.catch(() => undefined);
  const self: Running = { description: "the lease of this apply", interrupt: (signal) => stop(signal) };
  const release = whileRunning(self);
  try {
    let held = await takenLease(beside, lease, patience);
    try {
      refuseAfterSignal();
      const done = work({
        id: lease.id,
        attempt: async (submission) => {
          mayEnd = false;
          try {
            await recordSubmission(beside.applies, submission);
            held = await advanceLease(beside.lease, held, "attempted");
          } catch (error) {
            // Nothing was started. The lease may say that it was, and the answer be lost.
            const now = await readLease(beside.lease).catch(() => undefined);
            if (now?.record.id === lease.id) held = now;
            mayEnd = true;
            throw error;
          }
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
      return await Promise.race([done, stopped]);
    } finally {
      if (mayEnd) await endLease(beside.lease, held);
    }
  } finally {
    release();
  }
}

async function takenLease(
  beside: BesideState,
  lease: Lease,
  patience: LeasePatience | undefined,
): Promise<Kept<Lease>> {
  const since = Date.now();
  const end = since + (patience?.seconds ?? 0) * 1000;
  let told = 0;
  for (;;) {
    try {
      return await takeLease(beside.lease, lease);
    } catch (error) {
      const isHeld = error instanceof UserError && error.problems.every(({ code }) => code === "lease-held");
      if (!isHeld || Date.now() >= end) throw error;
      if (told === 0 || Date.now() - told > tellAgain * 1000) {
        told = Date.now();
        patience?.tell(
          `waiting for it, ${Math.round((end - told) / 1000)} s at most: ${error.problems[0]?.what ?? ""}`,
        );
      }
      await delay(Math.min(look * 1000, Math.max(0, end - Date.now())));
      refuseAfterSignal();
    }
  }
}
