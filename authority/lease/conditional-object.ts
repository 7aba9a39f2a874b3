import { type ObjectMetadata, type ObjectStore } from "../stores/object-store";

/**
 * One small object that several machines change by compare-and-swap: in a store of ours, or behind a route of `flywheel serve`.
 *
 * Every method throws StoreUnavailable on an outage; after one a change may have happened. `create`, `replace` and `remove` throw
 * StoreConflict, having changed nothing, where the object is not what was expected.
 */
export interface ConditionalObject {
  /** For messages; no secrets. */
  readonly description: string;
  read(): Promise<{ readonly bytes: Buffer; readonly version: string } | undefined>;
  create(bytes: Buffer): Promise<string>;
  replace(bytes: Buffer, expected: string): Promise<string>;
  remove(expected: string): Promise<void>;
}

/** An object of a store. */
export function objectIn(store: ObjectStore, key: string, metadata: ObjectMetadata = {}): ConditionalObject {
  return {
    description: `${key} in ${store.description}`,
    read: () => store.read(key),
    create: (bytes) => store.create(key, bytes, metadata),
    replace: (bytes, expected) => store.replace(key, bytes, expected, metadata),
    remove: (expected) => store.remove(key, expected, metadata),
  };
}
