import { z } from "zod";

const text = z.string().min(1).max(1024);

/**
 * Who applies to a state, from check to read-back. The engine takes the state's lock itself, as ever: a lease keeps a second apply,
 * a cutover and a restore from starting, and says of a run that ended in the middle how far it had come.
 *
 * - `checking`: nothing was submitted; who holds it may give it back.
 * - `attempted`: the engine was about to start. What is in `bundle` is never submitted again.
 * - `applied`: the engine ended well, and what it did is read back.
 */
export const leaseSchema = z.strictObject({
  version: z.literal(1),
  /** Of this one run. */
  id: text,
  who: text,
  host: text,
  since: z.iso.datetime({ offset: true }),
  /** The bundle's sha256; null where a plan is made and applied in one run. */
  bundle: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "a sha256")
    .nullable(),
  phase: z.enum(["checking", "attempted", "applied"]),
});

export type Lease = z.output<typeof leaseSchema>;

export const leaseSuffix = ".apply";

/** A word that nothing may be applied to, moved or restored. */
export const freezeSchema = z.strictObject({
  version: z.literal(1),
  who: z.string().min(1).max(1024),
  since: z.iso.datetime({ offset: true }),
  why: z.string().min(1).max(4096),
  /** When it ends by itself; absent: with `thaw`. */
  until: z.iso.datetime({ offset: true }).optional(),
});

export type Freeze = z.output<typeof freezeSchema>;

export const freezeSuffix = ".freeze";

/** The freeze of every state of a store at once. */
export function freezeAllKey({ ownFolder }: { readonly ownFolder: string }): string {
  return `${ownFolder}/freeze.json`;
}

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "a sha256");

/** What became of an apply. `attempted`: the engine was started, and nobody has said yet how it ended. */
const outcomes = ["attempted", "applied", "unhealthy", "not changed", "recorded"] as const;

/** What lifts one condition of an apply. Never the lock, lineage, serial, identity or the cluster's UID. */
export const gates = [
  "scope",
  "approval",
  "freeze",
  "stands-on",
  "provider-locks",
  "signed-main",
  "read-back",
] as const;

export type Gate = (typeof gates)[number];

/** A person, a machine and a reason. */
const word = z.strictObject({
  who: text,
  at: z.iso.datetime({ offset: true }),
  why: z.string().min(1).max(4096),
});

/** One apply, from the moment before its engine was started. */
const submissionSchema = z.strictObject({
  /** The lease's. */
  id: text,
  who: text,
  host: text,
  at: z.iso.datetime({ offset: true }),
  /** The commit that was applied, and the CI run that did it, where they are known. */
  commit: z
    .string()
    .regex(/^[0-9a-f]{40,64}$/, "a commit")
    .optional(),
  run: text.optional(),
  bundle: sha256.nullable(),
  /** What the plan was made on; null: no state. */
  state: z.strictObject({ lineage: text, serial: z.number().int().min(0) }).nullable(),
  /** What was to be done; addresses and actions, no value. `more`: there were too many to keep. */
  changes: z.array(z.strictObject({ address: z.string().max(4096), action: text })).max(500),
  more: z.literal(true).optional(),
  /** The plan was one to destroy the stack: what is left to do is planned likewise. */
  destroy: z.literal(true).optional(),
  outcome: z.enum(outcomes),
  serial: z.number().int().min(0).optional(),
  /** How somebody ended it who looked. */
  accepted: word.optional(),
  /** Conditions that were lifted. */
  broken: z
    .strictObject({
      gates: z.array(z.enum(gates)).min(1),
      why: z.string().min(1).max(4096),
      acknowledged: word.optional(),
    })
    .optional(),
});

export type Submission = z.output<typeof submissionSchema>;

/** The last applies of a state, newest first. */
export const appliesSchema = z.strictObject({
  version: z.literal(1),
  /** Every bundle that was ever submitted, newest first, as far as they are kept. */
  submitted: z.array(sha256).max(2000),
  applies: z.array(submissionSchema).max(50),
});

export type Applies = z.output<typeof appliesSchema>;

export const appliesSuffix = ".applies";

/** What `flywheel serve` answers a GET of an object beside a state with, so that no other server's 404 passes for its own. */
export const besideHeader = "flywheel-beside";
