import { createHash } from "node:crypto";
import { type LedgerEntry } from "../../lib/config/ledger";
import { UserError } from "../../lib/errors";
import { raiseGeneration } from "../ledger/generation";
import { requireLedgersState } from "../ledger/ledgers-state";
import { describeLock, type LockInfo } from "../state/lock-info";
import { StoreConflict, type ObjectStore } from "../stores/object-store";
import { StateRefusal } from "../refusals";
import { type CutoverOptions } from "./cutover";
import { type JournalRecord } from "./journal";
import { type NamedPlace } from "./place";
import { emptySource, requireMoved, requireOlder, requireSameBytes } from "./requirements";
import { isSealTo, sealedTo, sealInfo } from "./seal";

/** Does one step and returns what the journal says then. Every step can be repeated. */
export async function perform(options: CutoverOptions, record: JournalRecord): Promise<Partial<JournalRecord>> {
  const { destination, store, stateKey, who } = options;
  const next = { step: record.step + 1 };
  switch (record.step) {
    case 0:
      await lockSource(options, record);
      return next;
    case 1:
      return { ...next, ...(await lockDestination(options, record)) };
    case 2:
      return { ...next, ...(await readSource(options, record)) };
    case 3:
      await copy(options, record);
      return next;
    case 4:
      requireMoved(record, await destination.state.read(), `what was written to ${destination.location}`);
      return next;
    case 5:
      return (await seal(options, record)) ? next : { step: 2 };
    case 6:
      await raiseGeneration(store, stateKey, {
        generation: record.generation,
        backend: destination.backend,
        location: destination.location,
        at: record.since,
      });
      options.record(entryOf(options, record));
      return next;
    case 7:
      await release(destination, record.sameObject ? record.from.lock : record.to.lock, who);
      return next;
    default:
      // Once more: a slow process may have taken it after the first time, and seen that the move was still under way. Not on a
      // server that may not be ours: one that compares no IDs would give back the next client's lock.
      if (record.sameObject || destination.backend === "s3")
        await release(destination, record.sameObject ? record.from.lock : record.to.lock, who);
      return { ...next, state: "done" };
  }
}

async function lockSource({ source, who }: CutoverOptions, record: JournalRecord): Promise<void> {
  try {
    await source.state.lock(sourceLock(record), who);
  } catch (error) {
    if (!(error instanceof StateRefusal) || error.holder === undefined || !record.endedLocks.includes(error.holder.ID))
      throw error;
    await replaceEnded(source, error.holder, sourceLock(record), who);
  }
}

/**
 * Takes the lock in place of one of an ended move, which came after everybody had given up waiting for it: nobody works under it,
 * and nobody else would give it back.
 */
async function replaceEnded(place: NamedPlace, ended: LockInfo, lock: LockInfo, who: string): Promise<void> {
  await release(place, ended.ID, who);
  await place.state.lock(lock, who);
}

async function lockDestination(options: CutoverOptions, record: JournalRecord): Promise<Partial<JournalRecord>> {
  const { source, destination, who } = options;
  const lock = destinationLock(options, record);
  try {
    await destination.state.lock(lock, who);
    return {};
  } catch (error) {
    if (!(error instanceof StateRefusal) || error.holder === undefined) throw error;
    // The other door shows our own lock: both lead to one object.
    if (error.holder.ID === record.from.lock) return { sameObject: true };
    // The seal of the cutover that left this place: it is lifted by going back to it, and by nothing else.
    if (isSealTo(error.holder, source.location))
      return {
        destinationWasSealed: true,
        to: { ...record.to, lock: error.holder.ID },
        endedLocks: [...record.endedLocks, lock.ID],
      };
    if (record.endedLocks.includes(error.holder.ID)) {
      await replaceEnded(destination, error.holder, lock, who);
      return {};
    }
    throw new UserError({
      code: "destination-locked",
      what: `${destination.location} is locked by ${describeLock(error.holder)}`,
      expected: "a destination that nobody works on",
      remedy:
        sealedTo(error.holder) === undefined
          ? `Wait for it, then run this again\nWhere that run is dead: npx flywheel unlock ${options.id} ${error.holder.ID}, see docs/stuck-lock.md`
          : "That is the seal of another move; see docs/cutover.md",
    });
  }
}

async function readSource(
  { source, destination, store, ledgerEntry, id }: CutoverOptions,
  record: JournalRecord,
): Promise<Partial<JournalRecord>> {
  const state = await source.state.read();
  requireLedgersState(id, { state: source, ...(ledgerEntry === undefined ? {} : { entry: ledgerEntry }) }, state);
  if (state === undefined) throw emptySource(id, source);
  const there = record.sameObject ? undefined : await destination.state.read();
  if (record.sameObject) requireSameBytes(state, await destination.state.read(), destination);
  if (there !== undefined) requireOlder(id, state, there, destination);
  const backup = `.flywheel/backups/${record.stack}-${record.environment}/${record.id}`;
  await keep(store, `${backup}.source.tfstate`, state.bytes);
  if (there !== undefined) await keep(store, `${backup}.destination.tfstate`, there.bytes);
  return {
    moved: { lineage: state.lineage, serial: state.serial, sha256: sha256(state.bytes) },
    replaced: record.replaced ?? (there === undefined ? null : sha256(there.bytes)),
  };
}

async function copy({ source, destination, who }: CutoverOptions, record: JournalRecord): Promise<void> {
  if (record.sameObject) return;
  const state = await source.state.read();
  requireMoved(record, state, `what is at ${source.location}`);
  const there = await destination.state.read();
  if (there !== undefined && sha256(there.bytes) === record.moved?.sha256) {
    // A copy that an earlier, undone move left may still be removed by a process of that move that slept: by its version. So the
    // live state is never that version, but one that this move wrote. Done twice it does no harm.
    if (
      record.replaced === null ||
      destination.state.rewrite === undefined ||
      (await destination.state.rewrite(record.to.lock, who))
    )
      return;
    // That process was faster: the place is empty now.
  }
  if (state !== undefined) await destination.state.write(state.bytes, record.to.lock, who);
}

/**
 * The point of no return: the source's lock stays from here on. True where the source is locked by us and still what was copied;
 * false where somebody broke the lock and wrote, so that it has to be read again.
 */
async function seal({ source, who }: CutoverOptions, record: JournalRecord): Promise<boolean> {
  if (record.sameObject) return true;
  await source.state.lock(sourceLock(record), who);
  const state = await source.state.read();
  return state !== undefined && sha256(state.bytes) === record.moved?.sha256;
}

/** The lock on the destination while it is filled, or emptied again. */
export function destinationLock({ source, destination, who, clock }: CutoverOptions, record: JournalRecord): LockInfo {
  return {
    ID: record.to.lock,
    Operation: "cutover",
    Info: `being filled by flywheel from ${source.location}`,
    Who: who,
    Version: "flywheel",
    Created: clock.now().toISOString(),
    Path: destination.location,
  };
}

/** The lock on the source, the same bytes in every run: it is the seal already. */
function sourceLock(record: JournalRecord): LockInfo {
  return sealInfo({
    id: record.from.lock,
    who: record.who,
    newPlace: record.to.location,
    created: record.since,
    path: record.from.location,
  });
}

/** The ledger entry that a completed move means; the same from every run. */
export function entryOf(options: Pick<CutoverOptions, "stack" | "environment">, record: JournalRecord): LedgerEntry {
  const { moved, to, from } = record;
  if (moved === undefined) throw new Error("a cutover that read nothing cannot be recorded");
  return {
    stack: options.stack,
    environment: options.environment,
    backend: to.backend,
    location: to.location,
    ...moved,
    at: record.since,
    generation: record.generation,
    ...(record.sameObject ? {} : { sealed: { location: from.location, lock: from.lock } }),
  };
}

/** Gives a lock back, unless it is gone already: then whoever holds one now is somebody else. */
export async function release(place: NamedPlace, lock: string, who: string): Promise<void> {
  try {
    await place.state.unlock(lock, who);
  } catch (error) {
    if (!(error instanceof StateRefusal) || error.holder === undefined || error.holder.ID === lock) throw error;
  }
}

async function keep(store: ObjectStore, key: string, bytes: Buffer): Promise<void> {
  try {
    await store.create(key, bytes);
  } catch (error) {
    if (!(error instanceof StoreConflict)) throw error;
  }
}

export function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
