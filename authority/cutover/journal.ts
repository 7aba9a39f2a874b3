import { z } from "zod";
import { StoreConflict, type ObjectStore } from "../stores/object-store";
import { backendType } from "../../lib/config/backends";
import { ledgerEntrySchema } from "../../lib/config/ledger";
import { UserError } from "../../lib/errors";
import { parsedJson } from "../../lib/json";

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

const placeSchema = z.object({ backend: backendType, location: z.string(), lock: z.string() });

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

const journalSchema = z.union([version2, version1]);
const newerSchema = z.object({ version: z.number().min(3) });

/** The record of a cutover, kept as an object beside the state in our own store. */
export type JournalRecord = z.output<typeof version2>;

export const journalSuffix = ".cutover";

/** A request that is on its way for longer than so many moves takes no lock any more. */
const endedLocksKept = 60;

/** Another process took the cutover over: this one stops where it is. Nothing it did is lost. */
export class TakenOver extends UserError {
  constructor(record: JournalRecord | undefined) {
    super({
      code: "cutover-taken-over",
      what:
        record === undefined
          ? "the cutover's journal is gone"
          : `another process goes on with this cutover: ${describeCutover(record)}`,
      expected: "one process at a time; the one that came last goes on",
      remedy: "Look at it: flywheel status",
    });
  }
}

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

/**
 * The journal object of one state. Every change is a compare-and-swap, so that of two processes only one goes on: the other meets
 * TakenOver at its next step. It says what is about to be done, never more than what was done: each step can be repeated.
 */
export class Journal {
  private constructor(
    private readonly store: ObjectStore,
    private readonly key: string,
    private current: JournalRecord,
    private version: string,
    /** Nobody else has ever gone on with it: what it did is what this process did. */
    readonly begunHere: boolean,
  ) {}

  /** What the journal of a state says now; undefined where there never was one. @throws UserError for an object that is no journal. */
  static async peek(store: ObjectStore, stateKey: string): Promise<JournalRecord | undefined> {
    return (await load(store, stateKey + journalSuffix))?.record;
  }

  /**
   * Starts a journal in place of the ended one that the caller has seen. @throws StoreConflict where there is another one by now: whatever
   * the caller has looked at since is from before that move.
   */
  static async start(
    store: ObjectStore,
    stateKey: string,
    record: JournalRecord,
    seen: JournalRecord | undefined,
  ): Promise<Journal> {
    const key = stateKey + journalSuffix;
    const known = await load(store, key);
    if (known?.record.id !== seen?.id || known?.record.state !== seen?.state)
      throw new StoreConflict(key, "another cutover began");
    const begun =
      known === undefined
        ? record
        : { ...record, endedLocks: endedLocks(known.record), undoneCopies: copiesOf(known.record) };
    const bytes = encode(begun);
    const version =
      known === undefined ? await store.create(key, bytes) : await store.replace(key, bytes, known.version);
    return new Journal(store, key, begun, version, true);
  }

  /**
   * Goes on with a journal under a new runner. `check` throws where what it says by now is not what the caller may go on with:
   * it may have been finished, undone or replaced since the caller looked.
   */
  static async takeOver(
    store: ObjectStore,
    stateKey: string,
    runner: string,
    check: (record: JournalRecord) => void = () => undefined,
  ): Promise<Journal> {
    const key = stateKey + journalSuffix;
    const known = await load(store, key);
    if (known === undefined) throw new TakenOver(undefined);
    check(known.record);
    const record = { ...known.record, runner };
    try {
      return new Journal(store, key, record, await store.replace(key, encode(record), known.version), false);
    } catch (error) {
      if (error instanceof StoreConflict) throw new TakenOver((await load(store, key))?.record);
      throw error;
    }
  }

  get record(): JournalRecord {
    return this.current;
  }

  /** Writes changes. @throws TakenOver where another process goes on by now. */
  async update(change: Partial<JournalRecord>): Promise<void> {
    const record = { ...this.current, ...change };
    try {
      this.version = await this.store.replace(this.key, encode(record), this.version);
    } catch (error) {
      if (error instanceof StoreConflict) throw new TakenOver((await load(this.store, this.key))?.record);
      throw error;
    }
    this.current = record;
  }
}

async function load(store: ObjectStore, key: string): Promise<{ record: JournalRecord; version: string } | undefined> {
  const stored = await store.read(key);
  if (stored === undefined) return undefined;
  const document = parsedJson(stored.bytes);
  const parsed = journalSchema.safeParse(document);
  if (parsed.success) return { record: parsed.data, version: stored.version };
  const newer = newerSchema.safeParse(document).data;
  throw new UserError(
    newer === undefined
      ? {
          code: "journal-unreadable",
          what: `${key} in ${store.description} is no cutover journal`,
          expected: "what `flywheel cutover` wrote there",
          remedy: "See who wrote it; its history has earlier versions",
        }
      : {
          code: "journal-newer",
          what: `${key} in ${store.description} was written by a newer program: it is of version ${newer.version}`,
          expected: "a cutover journal of version 1 or 2, which is all that this program knows",
          remedy: "Pull the newest program, and run this again with it",
        },
  );
}

function encode(record: JournalRecord): Buffer {
  return Buffer.from(`${JSON.stringify(record, null, 1)}\n`);
}
