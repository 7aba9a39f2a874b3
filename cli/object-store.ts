import { configuredS3Store } from "../authority/stores/configured-store";
import { type ObjectStore } from "../authority/stores/object-store";
import { stateKey } from "../authority/state/state-key";
import { FileStore } from "../authority/stores/file";
import { type Configuration, type StackInstance } from "../lib/config/load";

/** Runs work on the store that keeps a stack's state as an object: the bucket of `state.s3`, or the file store in `dir`. */
export async function withObjectStore<T>(
  configuration: Configuration,
  stack: StackInstance,
  dir: string | undefined,
  work: (store: ObjectStore, key: string) => Promise<T>,
): Promise<T> {
  const key = stateKey(configuration, stack);
  if (dir !== undefined) return work(await FileStore.open(dir), key);
  const store = configuredS3Store(configuration, process.env);
  try {
    return await work(store, key);
  } finally {
    store.close();
  }
}
