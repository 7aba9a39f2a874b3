import { z } from "zod";
import { movableBackend } from "../../lib/config/backends";
import { ledgerEntrySchema } from "../../lib/config/ledger";

/** The steps of a cutover, in order. What each does is told in steps.ts. */
export const stepNames = [
  "lock the source",
  "lock the destination",
  "read the source",
  "copy",
  "read back and compare",
  "seal the source",
  "record generation, ledger and flag",
  "unlock the destination",
  "close the journal",
] as const;

export type StepName = (typeof stepNames)[number];

const placeSchema = z.object({ backend: movableBackend, location: z.string(), lock: z.string() });

const fields = {
  id: z.string(),
  stack: z.string(),
  environment: z.string(),
  /** Who started it, and when. */
  who: z.string(),
  since: z.string(),
  /** The process that goes on with it: whoever came last. */
  runner: z.string(),
  state: z.enum(["running", "aborting", "done", "aborted"]),
  from: placeSchema,
  to: placeSchema,
  /** Both places are one object: nothing is copied and nothing sealed. */
  sameObject: z.boolean(),
  /** The destination's lock was the seal of an earlier cutover. */
  destinationWasSealed: z.boolean(),
  /** The generation that this cutover makes. */
  generation: z.number().int(),
  /** What is moved, once it was read. */
  moved: z.object({ lineage: z.string(), serial: z.number().int(), sha256: z.string() }).optional(),
  /** What was at the destination before this move: its sha256, null where nothing was, absent before it was looked at. */
  replaced: z.string().nullable().optional(),
  /** What the ledger said, when the move began, of the place that was left before it: an undone move leaves that as it was. */
  leftBefore: ledgerEntrySchema.pick({ sealed: true, forgotten: true }).default({}),
  /** The generation names the destination already, though the step that raises it may have to be done again. */
  generationRaised: z.boolean().default(false),
  /** IDs of locks that earlier moves of this state took and need no more. Where one shows up late, it is given back. */
  endedLocks: z.array(z.string()).default([]),
};

/** What journals said before: `step` was how many steps were done, and a source that changed was not foreseen. */
const version1 = z
  .object({ version: z.literal(1), step: z.number().int().min(0).max(stepNames.length), ...fields })
  .transform(({ step, ...rest }) => ({
    ...rest,
    version: 2 as const,
    step: stepNames[step] ?? "close the journal",
    copies: [],
    undoneCopies: [],
  }));

const version2 = z.object({
  version: z.literal(2),
  /** The step that is under way, or comes next. */
  step: z.enum(stepNames),
  ...fields,
  /** The sha256 of what this move may have copied before, where the source changed meanwhile and was read again. */
  copies: z.array(z.string()),
  /** The same of earlier moves that were undone: such a copy at a place that was left is no fork. */
  undoneCopies: z.array(z.string()).default([]),
});

export const journalSchema = z.union([version2, version1]);
/** A journal of a program to come: all that is known of it is its version. */
export const newerSchema = z.object({ version: z.number().min(3) });

/** The record of a cutover, kept as an object beside the state in our own store. */
export type JournalRecord = z.output<typeof version2>;

/** A request that is on its way for longer than so many moves takes no lock any more. */
const endedLocksKept = 60;

/** `cutover by ann, step 5 of 9 (read back and compare), since 2026-04-16T09:12:00Z`. */
export function describeCutover({ who, step, since, state }: JournalRecord): string {
  const verb = state === "aborting" ? "abort of the cutover" : "cutover";
  return `${verb} by ${who}, ${ordinal(step)} (${step}), since ${since}`;
}

/** `step 5 of 9`. */
export function ordinal(step: StepName): string {
  return `step ${stepNames.indexOf(step) + 1} of ${stepNames.length}`;
}

/** The step after this one; undefined after the last. */
export function stepAfter(step: StepName): StepName | undefined {
  return stepNames[stepNames.indexOf(step) + 1];
}

/** Whether a move has come to this step: it may be done in part, or whole. */
export function hasReached({ step }: Pick<JournalRecord, "step">, asked: StepName): boolean {
  return stepNames.indexOf(step) >= stepNames.indexOf(asked);
}

/** A record of a cutover that goes on. */
type UnfinishedRecord = JournalRecord & { readonly state: "running" | "aborting" };

/** Whether this record still holds locks and has to be finished or undone. */
export function isUnfinished(record: JournalRecord | undefined): record is UnfinishedRecord {
  return record?.state === "running" || record?.state === "aborting";
}

/**
 * The locks of a move that is over and of those before it, except what still stands: the seal at the place that it left, or the
 * seal at the destination that an undone move had found.
 */
export function endedLocks(record: JournalRecord): string[] {
  const isSealed = record.state === "done" && !record.sameObject;
  const foundSeal = record.state === "aborted" && record.destinationWasSealed;
  const ended = [...(isSealed ? [] : [record.from.lock]), ...(foundSeal ? [] : [record.to.lock])];
  return [...record.endedLocks, ...ended].slice(-endedLocksKept);
}

/** The sha256 of what moves may have copied: what this record knows of its own and of those before it that were undone. */
export function copiesOf({ moved, copies, undoneCopies }: JournalRecord): string[] {
  return [...undoneCopies, ...copies, ...(moved === undefined ? [] : [moved.sha256])].slice(-endedLocksKept);
}
