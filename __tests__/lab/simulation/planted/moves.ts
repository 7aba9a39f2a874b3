import { Journal, journalSuffix } from "../../../../authority/cutover/journal";
import { type JournalRecord } from "../../../../authority/cutover/record";
import { type CutoverOptions, type NamedPlace } from "../../../../authority/cutover/move";
import { type Code, shipped } from "../../../../lab/simulation/shipped";
import { decodeState, encodeState } from "../../../../lab/simulation/state";

type State = NamedPlace["state"];

/** A cutover, or an abort, with other places than the ones it was given. */
function withPlaces(
  options: CutoverOptions,
  planted: { readonly source?: Partial<State>; readonly destination?: Partial<State> },
): CutoverOptions {
  const over = (place: NamedPlace, changes: Partial<State> = {}): NamedPlace => {
    const { state } = place;
    const forwarding: State = {
      read: () => state.read(),
      write: (bytes, lockId, user) => state.write(bytes, lockId, user),
      lock: (info, user) => state.lock(info, user),
      unlock: (lockId, user) => state.unlock(lockId, user),
      delete: (lockId, user) => state.delete(lockId, user),
    };
    return { ...place, state: { ...forwarding, ...changes } };
  };
  return {
    ...options,
    source: over(options.source, planted.source),
    destination: over(options.destination, planted.destination),
  };
}

/** When all is done it gives back both locks, out of politeness. */
export const cutoverThatUnlocksTheSource: Code = {
  ...shipped,
  cutover: async (options) => {
    await shipped.cutover(options);
    const record = await Journal.peek(options.store, options.stateKey);
    if (record !== undefined) await options.source.state.unlock(record.from.lock);
  },
};

/** Reads without locking first: what is written meanwhile stays behind. */
export const cutoverThatDoesNotLockTheSource: Code = {
  ...shipped,
  cutover: (options) => shipped.cutover(withPlaces(options, { source: { lock: async () => undefined } })),
};

/** What init -migrate-state does: the copy begins a new life. */
export const cutoverThatLosesTheLineage: Code = {
  ...shipped,
  cutover: (options) =>
    shipped.cutover(
      withPlaces(options, {
        destination: {
          write: (bytes, lockId, user) => {
            const state = decodeState(bytes);
            return options.destination.state.write(
              state === undefined ? bytes : encodeState({ ...state, lineage: "lineage-2" }),
              lockId,
              user,
            );
          },
        },
      }),
    ),
};

/** Leaves the destination locked for good. */
export const cutoverThatKeepsTheDestinationLocked: Code = {
  ...shipped,
  cutover: (options) => shipped.cutover(withPlaces(options, { destination: { unlock: async () => undefined } })),
};

/** Gives the locks back and leaves the copy where it is. */
export const abortThatKeepsTheCopy: Code = {
  ...shipped,
  abort: (options) => shipped.abort(withPlaces(options, { destination: { delete: async () => ({ changed: false }) } })),
};

/** Forgets the source's lock. */
export const abortThatKeepsTheSourceLocked: Code = {
  ...shipped,
  abort: (options) => shipped.abort(withPlaces(options, { source: { unlock: async () => undefined } })),
};

/** What abort did before this simulation: it goes on with whatever the journal says by the time, also a finished move. */
export const abortOfAFinishedMove: Code = {
  ...shipped,
  abort: async (options) => {
    const record = await Journal.peek(options.store, options.stateKey);
    if (record?.state !== "running") {
      await shipped.abort(options);
      return;
    }
    const journal = await Journal.takeOver(options.store, options.stateKey, options.clock.uniqueId());
    await options.source.state.unlock(journal.record.from.lock);
    await journal.update({ state: "aborted" });
  },
};

/**
 * What a cutover did before its people broke locks here: where the source changed after the copy and was read again, its own copy was taken
 * for one that was there before, and the abort left it.
 */
export const cutoverThatTakesItsCopyForAnOldOne: Code = {
  ...shipped,
  store: (store) => ({
    description: store.description,
    ownFolder: store.ownFolder,
    read: (key) => store.read(key),
    create: (key, bytes, metadata) => store.create(key, bytes, metadata),
    replace: (key, bytes, expected, metadata) => store.replace(key, forgetful(key, bytes), expected, metadata),
    remove: (key, expected, metadata) => store.remove(key, expected, metadata),
    history: (key) => store.history(key),
    readVersion: (key, id) => store.readVersion(key, id),
  }),
};

function forgetful(key: string, bytes: Buffer): Buffer {
  if (!key.endsWith(journalSuffix)) return bytes;
  const record = JSON.parse(bytes.toString()) as JournalRecord; // the cutover has just written it
  const replaced = record.copies.at(-1);
  return replaced === undefined || record.replaced !== null
    ? bytes
    : Buffer.from(JSON.stringify({ ...record, replaced, copies: [] }));
}
