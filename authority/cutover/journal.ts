import { z } from "zod";
import { StoreConflict, type ObjectStore } from "../stores/object-store";
import { UserError } from "../../lib/errors";

/** The steps of a cutover, in order. A journal's `step` is how many of them are done. */
export const cutoverSteps = [
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

const placeSchema = z.object({ backend: z.enum(["http", "s3"]), location: z.string(), lock: z.string() });

const journalSchema = z.object({
  version: z.literal(1),
  id: z.string(),
  stack: z.string(),
  environment: z.string(),
  /** Who started it, and when. */
  who: z.string(),
  since: z.string(),
  /** The process that goes on with it: whoever came last. */
  runner: z.string(),
  state: z.enum(["running", "aborting", "done", "aborted"]),
  step: z.number().int().min(0).max(cutoverSteps.length),
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
  /** What was at the destination before: its sha256, or null where nothing was. */
  replaced: z.string().nullable().optional(),
  /** IDs of locks that earlier moves of this state took and need no more. Where one shows up late, it is given back. */
  endedLocks: z.array(z.string()).default([]),
});

/** The record of a cutover, kept as an object beside the state in our own store. */
export type JournalRecord = z.output<typeof journalSchema>;

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
      remedy: "Look at it: npx flywheel status",
    });
  }
}

/** `cutover by ann, step 5 of 9 (copy), since 2026-04-16T09:12:00Z`. */
export function describeCutover({ who, step, since, state }: JournalRecord): string {
  const next = cutoverSteps[Math.min(step, cutoverSteps.length - 1)] ?? "";
  const verb = state === "aborting" ? "abort of the cutover" : "cutover";
  return `${verb} by ${who}, step ${Math.min(step + 1, cutoverSteps.length)} of ${cutoverSteps.length} (${next}), since ${since}`;
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
function endedLocks({
  state,
  from,
  to,
  sameObject,
  destinationWasSealed,
  endedLocks: before,
}: JournalRecord): string[] {
  const isSealed = state === "done" && !sameObject;
  const foundSeal = state === "aborted" && destinationWasSealed;
  return [...before, ...(isSealed ? [] : [from.lock]), ...(foundSeal ? [] : [to.lock])].slice(-endedLocksKept);
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
    const begun = { ...record, endedLocks: known === undefined ? [] : endedLocks(known.record) };
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
  const parsed = journalSchema.safeParse(parseJson(stored.bytes));
  if (parsed.success) return { record: parsed.data, version: stored.version };
  throw new UserError({
    code: "journal-unreadable",
    what: `${key} in ${store.description} is no cutover journal`,
    expected: "what `flywheel cutover` wrote there",
    remedy: "See who wrote it; its history has earlier versions",
  });
}

function encode(record: JournalRecord): Buffer {
  return Buffer.from(`${JSON.stringify(record, null, 1)}\n`);
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}
