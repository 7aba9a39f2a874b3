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

/** Below the prefix of a shared bucket: the freeze of every state at once. */
export const freezeAllKey = ".flywheel/freeze.json";
