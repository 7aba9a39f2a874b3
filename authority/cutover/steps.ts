import { type LedgerEntry } from "../../lib/config/ledger";
import { raiseGeneration } from "../ledger/generation";
import { requireLedgersState } from "../ledger/ledgers-state";
import { StateRefusal } from "../refusals";
import { hasReached, type JournalRecord, type StepName } from "./record";
import { type Move } from "./move";
import { destinationLocked, emptySource, requireMoved, requireOlder, requireSameBytes } from "./refusals";
import { isSealTo } from "./seal";
import { sha256 } from "../../lib/sha256";

/** One step of a cutover. The sentences are those of docs/cutover.md. */
interface Step {
  /** What it does. Returns what the journal says then; with no `step` in it the next one follows. */
  readonly does: (move: Move) => Promise<Partial<JournalRecord>>;
  /** What doing it twice means: a run that was killed may have done it, and did not tell. */
  readonly again: string;
  /** What undoing it means. */
  readonly undone: string;
  /** Undoes it, at any later time and as often as one likes. Absent where nothing of it stays. */
  readonly undo?: (move: Move) => Promise<LedgerEntry | undefined>;
  /** What a refusal in it means: the move is undone at once, or it stays as it is and is run again. */
  readonly refused: "undone" | "stays";
}

/** The steps of a cutover. Their order is the journal's (journal.ts, `stepNames`). */
export const steps: Readonly<Record<StepName, Step>> = {
  "lock the source": {
    does: async (move) => {
      await move.lockSource();
      return {};
    },
    again: "The lock is ours already.",
    undone: "The lock is given back: the source is the live place.",
    undo: (move) => move.release(move.source, move.record.from.lock).then(nothing),
    refused: "undone",
  },

  "lock the destination": {
    does: lockDestination,
    again: "The lock is ours already.",
    undone: "The lock is given back; a seal that was there before stays.",
    // Where both places are one object, a slow process may have taken this lock first.
    undo: async (move) =>
      move.record.destinationWasSealed ? undefined : move.release(move.destination, move.record.to.lock).then(nothing),
    refused: "undone",
  },

  "read the source": {
    does: readSource,
    again: "It is read again, and other bytes than before are kept beside the first.",
    undone: "Nothing: what was kept stays kept.",
    refused: "undone",
  },

  copy: {
    does: copy,
    again: "The same bytes once more, in a version of their own.",
    undone: "The copy is removed, under the destination's lock; an older copy that was there before is not.",
    undo: removeCopy,
    refused: "undone",
  },

  "read back and compare": {
    does: async (move) => {
      const what = `what was written to ${move.destination.location}`;
      requireMoved(move.record, await move.destination.state.read(), what);
      return {};
    },
    again: "It is compared again.",
    undone: "Nothing.",
    refused: "undone",
  },

  "seal the source": {
    does: seal,
    again: "The lock that the source has from the first step on is looked at again.",
    undone: "Nothing: the lock is given back with the first step.",
    refused: "stays",
  },

  "record generation, ledger and flag": {
    does: async (move) => {
      const { options, record, entry } = move;
      const { generation, since: at } = record;
      const { backend, location } = move.destination;
      await raiseGeneration(options.store, options.stateKey, { generation, backend, location, at });
      // Whoever broke the seal since and wrote at the source did so before the generation could refuse him. Nobody works at the
      // destination yet: what he wrote is moved, too.
      const changed = await seal(move);
      if (changed.step !== undefined) return { ...changed, generationRaised: true };
      options.record(entry);
      return {};
    },
    again: "A generation that is raised stays, the seal is looked at again, and ledger and flag get the same lines.",
    undone: "The generation is raised once more, for the source, before anything else is undone.",
    undo: nameSource,
    refused: "stays",
  },

  "unlock the destination": {
    does: async (move) => {
      await move.openDestination();
      return {};
    },
    again: "Nothing: the lock is gone, and one that somebody else has by now stays.",
    undone: "Too late: the move is finished, and the way back is another one.",
    refused: "stays",
  },

  "close the journal": {
    does: async (move) => {
      // Once more: a slow process may have taken it after the first time, and seen that the move was still under way. Not on a
      // server that may not be ours: one that compares no IDs would give back the next client's lock.
      if (move.record.sameObject || move.destination.state.comparesLockIds === true) await move.openDestination();
      return { state: "done" };
    },
    again: "Nothing: a closed journal says that the move is complete.",
    undone: "Too late, as before.",
    refused: "stays",
  },
};

/**
 * Takes back what a cutover that is being undone, or was, has left at both places: the copy and its locks. All of it is known by
 * ID or hash, so it can be repeated at any later time: a process that was slow, or a request that was long on its way, may have
 * locked or copied after the first undoing looked. Returns the source's ledger entry where a checkout may name the destination by now.
 */
export async function undoSteps(move: Move): Promise<LedgerEntry | undefined> {
  // Before anything else: the place that the generation names is never emptied.
  const entry = await steps["record generation, ledger and flag"].undo?.(move);
  try {
    await steps.copy.undo?.(move);
    await steps["lock the destination"].undo?.(move);
  } finally {
    // The live place is given back also where the other one is out, or says no.
    await steps["lock the source"].undo?.(move);
  }
  return entry;
}

async function lockDestination(move: Move): Promise<Partial<JournalRecord>> {
  const { source, destination, destinationLock: lock, record, options } = move;
  try {
    await destination.state.lock(lock, options.who);
    return {};
  } catch (error) {
    if (!(error instanceof StateRefusal) || error.holder === undefined) throw error;
    const { holder } = error;
    // The other place shows our own lock: both are one object.
    if (holder.ID === record.from.lock) return { sameObject: true };
    // The seal of the cutover that left this place: it is lifted by going back to it, and by nothing else.
    if (isSealTo(holder, source.location))
      return {
        destinationWasSealed: true,
        to: { ...record.to, lock: holder.ID },
        endedLocks: [...record.endedLocks, lock.ID],
      };
    if (!move.isEnded(holder)) throw destinationLocked(options.id, destination, holder);
    await move.replaceEnded(destination, holder, lock);
    return {};
  }
}

async function readSource(move: Move): Promise<Partial<JournalRecord>> {
  const { source, destination, record } = move;
  const { id, ledgerEntry: entry } = move.options;
  const state = await source.state.read();
  requireLedgersState(id, { state: source, ...(entry === undefined ? {} : { entry }) }, state);
  if (state === undefined) throw emptySource(id, source);
  const there = await destination.state.read();
  if (record.sameObject) requireSameBytes(state, there, destination);
  else if (there !== undefined) requireOlder(id, state, there, destination);
  await move.keep("source", state.bytes);
  if (there !== undefined && !record.sameObject) await move.keep("destination", there.bytes);
  const before = record.sameObject || there === undefined ? null : sha256(there.bytes);
  return {
    moved: { lineage: state.lineage, serial: state.serial, sha256: sha256(state.bytes) },
    // Read a second time, what is there is a copy of ours: only the first look tells what was there before.
    replaced: record.replaced === undefined ? before : record.replaced,
    copies: record.moved === undefined ? record.copies : [...record.copies, record.moved.sha256],
  };
}

async function copy(move: Move): Promise<Partial<JournalRecord>> {
  const { source, destination, record, options } = move;
  if (record.sameObject) return {};
  const state = await source.state.read();
  requireMoved(record, state, `what is at ${source.location}`);
  const there = await destination.state.read();
  if (there !== undefined && sha256(there.bytes) === record.moved?.sha256) {
    // A copy that an earlier, undone move left may still be removed by a process of that move that slept: by its version. So the
    // live state is never that version, but one that this move wrote. Done twice it does no harm.
    if (
      record.replaced === null ||
      destination.state.rewrite === undefined ||
      (await destination.state.rewrite(record.to.lock, options.who))
    )
      return {};
    // That process was faster: the place is empty now.
  }
  if (state !== undefined) await destination.state.write(state.bytes, record.to.lock, options.who);
  return {};
}

async function removeCopy(move: Move): Promise<undefined> {
  const { destination, record, options } = move;
  if (record.sameObject || record.moved === undefined) return;
  const there = await destination.state.read();
  if (there === undefined || !move.isOwnCopy(there.bytes)) return;
  await destination.state.lock(move.destinationLock, options.who);
  // Under the lock no later cutover can make this place the live one.
  if (await move.isUndone()) await destination.state.delete(record.to.lock, options.who);
}

/**
 * The point of no return: the source's lock stays from here on. Where somebody broke the lock and wrote, the source is read
 * again.
 */
async function seal(move: Move): Promise<Partial<JournalRecord>> {
  const { source, record, options } = move;
  if (record.sameObject) return {};
  await source.state.lock(move.sourceLock, options.who);
  const state = await source.state.read();
  const isWhatWasMoved = state !== undefined && sha256(state.bytes) === record.moved?.sha256;
  return isWhatWasMoved ? {} : { step: "read the source" };
}

/**
 * Where the generation may have been raised, it is raised once more, for the source: every checkout hears that it is live again,
 * and a stopped process that raises it late meets a higher one. The entry knows the place that was left before the move, as the
 * ledger did: its seal is still looked at.
 */
async function nameSource({ options, record, source }: Move): Promise<LedgerEntry | undefined> {
  const mayBeRaised = record.generationRaised || hasReached(record, "record generation, ledger and flag");
  if (record.moved === undefined || !mayBeRaised) return undefined;
  const { backend, location } = source;
  const { stack, environment } = options;
  const { since: at, moved, to, destinationWasSealed, leftBefore } = record;
  const next = { generation: record.generation + 1, backend, location, at };
  const { generation } = await raiseGeneration(options.store, options.stateKey, next);
  const sealed =
    destinationWasSealed && leftBefore.forgotten === undefined
      ? { sealed: { location: to.location, lock: to.lock } }
      : {};
  return { stack, environment, backend, location, ...moved, at, generation, ...leftBefore, ...sealed };
}

const nothing = (): undefined => undefined;
