import { type ObjectStore, StoreConflict } from "../../../../authority/stores/object-store";
import { usualQuirks } from "../../../../lab/simulation/bucket";
import { type Code, shipped } from "../../../../lab/simulation/shipped";

/** `create` looks, and then writes: of two at once both succeed. */
export const createThatIsNotExclusive: Code = {
  ...shipped,
  store: (store) => ({
    ...forwarding(store),
    create: async (key, bytes, metadata) => {
      const there = await store.read(key);
      if (there !== undefined) throw new StoreConflict(key, "is there already");
      return overwrite(store, key, bytes, metadata);
    },
  }),
};

/** `replace` writes over whatever is there: a lost update. */
export const replaceThatComparesNothing: Code = {
  ...shipped,
  store: (store) => ({
    ...forwarding(store),
    replace: (key, bytes, _expected, metadata) => overwrite(store, key, bytes, metadata),
  }),
};

/** A server that takes every conditional PUT for a plain one, and that nobody checked. */
export const serverThatIgnoresIfNoneMatch: Code = { ...shipped, quirks: { ...usualQuirks, ignoresIfNoneMatch: true } };

/** A server that takes its own delete marker for an object, as versitygw does. */
export const serverWhoseMarkersBlock: Code = { ...shipped, quirks: { ...usualQuirks, markersBlock: true } };

/** A bucket that was created anew is taken for the old one: empty. */
export const identityThatNobodyCompares: Code = { ...shipped, comparesIdentity: false };

function forwarding(store: ObjectStore): ObjectStore {
  return {
    description: store.description,
    ownFolder: store.ownFolder,
    read: (key) => store.read(key),
    create: (key, bytes, metadata) => store.create(key, bytes, metadata),
    replace: (key, bytes, expected, metadata) => store.replace(key, bytes, expected, metadata),
    remove: (key, expected, metadata) => store.remove(key, expected, metadata),
    history: (key) => store.history(key),
    readVersion: (key, id) => store.readVersion(key, id),
  };
}

async function overwrite(
  store: ObjectStore,
  key: string,
  bytes: Buffer,
  metadata: { readonly writer?: string } | undefined,
): Promise<string> {
  for (;;) {
    const there = await store.read(key);
    try {
      return there === undefined
        ? await store.create(key, bytes, metadata)
        : await store.replace(key, bytes, there.version, metadata);
    } catch (error) {
      if (!(error instanceof StoreConflict)) throw error;
    }
  }
}
