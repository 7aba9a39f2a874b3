import { abortCutover, cutover } from "../../authority/cutover/cutover";
import { type CutoverOptions } from "../../authority/cutover/move";
import { type ObjectStore } from "../../authority/stores/object-store";
import { StateObject } from "../../authority/state/state-object";
import { type Clock } from "../../authority/clock";
import { type Quirks, usualQuirks } from "./bucket";

/** The code under simulation. A planted bug replaces one of these; nothing else of a run changes. */
export interface Code {
  readonly authority: (store: ObjectStore, key: string, clock: Clock) => StateObject;
  readonly cutover: (options: CutoverOptions) => Promise<unknown>;
  readonly abort: (options: CutoverOptions) => Promise<unknown>;
  /** Every store passes through here. */
  readonly store: (store: ObjectStore) => ObjectStore;
  readonly quirks: Quirks;
  /** Whether the bucket's identity is compared, as `state.s3.authority` asks for. */
  readonly comparesIdentity: boolean;
}

/** What is shipped, as it is. */
export const shipped: Code = {
  authority: (store, key, clock) => new StateObject(store, key, clock),
  cutover,
  abort: abortCutover,
  store: (store) => store,
  quirks: usualQuirks,
  comparesIdentity: true,
};
