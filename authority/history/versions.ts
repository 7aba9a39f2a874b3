import { type ObjectStore, type StoredVersion } from "../stores/object-store";
import { type StateSummary, summarizeState } from "../state/state-summary";

/** One earlier state. */
export interface StateVersion {
  /** What `restore --version` takes. */
  readonly version: string;
  readonly at: Date;
  readonly size: number;
  readonly writer?: string;
  readonly serial?: number;
  readonly lineage?: string;
  /** The state was removed at this point. */
  readonly removed: boolean;
  /** Why this version can't be restored, where it can't. */
  readonly unreadable?: string;
}

/** What a version of an object says of itself, or why it says nothing. */
export type VersionReader = (key: string, version: StoredVersion) => Promise<StateSummary | string>;

const readAtOnce = 8;

/** The newest `limit` versions of a state, newest first, each with what it says of itself. */
export async function stateVersions(
  store: ObjectStore,
  key: string,
  limit: number,
  read: VersionReader = versionReader(store),
): Promise<readonly StateVersion[]> {
  const stored = (await store.history(key, limit)).slice(0, limit);
  const versions: StateVersion[] = [];
  for (let start = 0; start < stored.length; start += readAtOnce) {
    versions.push(
      ...(await Promise.all(
        stored.slice(start, start + readAtOnce).map(async (version): Promise<StateVersion> => {
          const { id, at, size, writer, removed } = version;
          const base = { version: id, at, size, removed, ...(writer === undefined ? {} : { writer }) };
          if (removed) return base;
          const summary = await read(key, version);
          return typeof summary === "string"
            ? { ...base, unreadable: summary }
            : { ...base, serial: summary.serial, lineage: summary.lineage };
        }),
      )),
    );
  }
  return versions;
}

/** Reads versions from a store, each time anew. */
export function versionReader(store: ObjectStore): VersionReader {
  return async (key, { id }) => {
    const bytes = await store.readVersion(key, id);
    return bytes === undefined ? "it is gone" : summarizeState(bytes);
  };
}
