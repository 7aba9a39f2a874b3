import { type ObjectStore } from "../stores/object-store";
import { type ConditionalObject, objectIn } from "./conditional-object";
import { appliesSuffix, freezeAllKey, freezeSuffix, leaseSuffix } from "./schema";

/** The records beside a state. */
export interface BesideObjects {
  readonly lease: ConditionalObject;
  readonly applies: ConditionalObject;
  readonly freeze: ConditionalObject;
  /** The freeze of every state at once. */
  readonly freezeAll: ConditionalObject;
}

/** Those of the state with this key, in the store that keeps it. */
export function besideObjects(store: ObjectStore, stateKey: string): BesideObjects {
  return {
    lease: objectIn(store, stateKey + leaseSuffix),
    applies: objectIn(store, stateKey + appliesSuffix),
    freeze: objectIn(store, stateKey + freezeSuffix),
    freezeAll: objectIn(store, freezeAllKey(store)),
  };
}
