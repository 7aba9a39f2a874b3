import { readGeneration } from "../ledger/generation";
import { stateVanished } from "../refusals";
import { type ObjectStore, type StoredObject } from "../stores/object-store";
import { type StateSummary } from "./state-summary";

/** A state as it was when it was last there. */
export interface LastSeen extends StateSummary {
  readonly at: Date;
}

/** What is known of a state besides what its store answers now. */
export interface Known {
  /** What this process saw there last, and did not see removed. */
  readonly seen?: LastSeen;
  /** The name under which a server serves it. */
  readonly servedAs?: string;
}

/** Longer races than this are no races: the store says "not there" and "there" of the same object. */
const looks = 3;

/**
 * What is at a state's key, where the first look found nothing. Returns undefined only where that is a state that was removed, or never
 * was: a delete marker or a DELETE of ours explains it, or nothing that is known speaks of a state.
 * @throws StoreUnavailable `state-vanished` where the store lists the state all the same, this process has seen it, or it was moved here.
 */
export async function readAgain(store: ObjectStore, key: string, known: Known): Promise<StoredObject | undefined> {
  for (let look = 1; ; look += 1) {
    const newest = store.newest === undefined ? (await store.history(key))[0] : await store.newest(key);
    if (newest?.removed === true) return undefined;
    if (newest === undefined) break;
    // It may have been written between the two requests.
    const stored = await store.read(key);
    if (stored !== undefined) return stored;
    if (look === looks)
      throw stateVanished(
        store.description,
        key,
        `the store lists a version of it, of ${newest.at.toISOString()} with ${newest.size} bytes`,
      );
  }
  if (known.seen !== undefined) {
    const { serial, lineage, at } = known.seen;
    throw stateVanished(
      store.description,
      key,
      `serial ${serial}, lineage ${lineage}, was there at ${at.toISOString()}`,
    );
  }
  const generation = await readGeneration(store, key);
  if (generation !== undefined && isHere(generation.location, key, known.servedAs))
    throw stateVanished(store.description, key, `it was moved here at ${generation.at}, to ${generation.location}`);
  return undefined;
}

/** Whether a place that a move made the live one is the object with this key. */
function isHere(location: string, key: string, servedAs: string | undefined): boolean {
  if (location.startsWith("s3://")) return location.endsWith(`/${key}`);
  return servedAs !== undefined && location.endsWith(`/state/${servedAs}`);
}
