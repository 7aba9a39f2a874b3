import { parsedJson } from "../../lib/json";
import { type ObjectStore, StoreConflict } from "../stores/object-store";
import { copiesOf, endedLocks, type JournalRecord, journalSchema, newerSchema } from "./record";
import { journalNewer, journalUnreadable, TakenOver } from "./refusals";

export const journalSuffix = ".cutover";

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
  throw newer === undefined
    ? journalUnreadable(key, store.description)
    : journalNewer(key, store.description, newer.version);
}

function encode(record: JournalRecord): Buffer {
  return Buffer.from(`${JSON.stringify(record, null, 1)}\n`);
}
