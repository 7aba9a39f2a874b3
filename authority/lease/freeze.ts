import { frozen } from "../refusals";
import { StoreConflict } from "../stores/object-store";
import { type ConditionalObject } from "./conditional-object";
import { encodeRecord, type Kept, readRecord } from "./record";
import { type Freeze, freezeSchema } from "./schema";

/** A freeze, over or not; undefined where there is none. @throws UserError for an object that is none. */
export async function readFreeze(object: ConditionalObject): Promise<Kept<Freeze> | undefined> {
  return readRecord(object, freezeSchema, "a freeze");
}

/** Whether a freeze still counts at this time. */
export function isFrozen(freeze: Freeze | undefined, now: Date): freeze is Freeze {
  return freeze !== undefined && (freeze.until === undefined || Date.parse(freeze.until) > now.getTime());
}

/** Returns where none of these freezes counts. @throws UserError `frozen`, with who and why. */
export async function refuseFrozen(objects: readonly ConditionalObject[], now: Date): Promise<void> {
  for (const object of objects) {
    const freeze = (await readFreeze(object))?.record;
    if (isFrozen(freeze, now)) throw frozen(object.description, freeze);
  }
}

/** Freezes, in place of a freeze that is over. @throws UserError `frozen` where one counts already: it is somebody's, with a reason. */
export async function freeze(object: ConditionalObject, record: Freeze, now: Date): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const known = await readFreeze(object);
    if (isFrozen(known?.record, now)) throw frozen(object.description, known?.record ?? record);
    try {
      if (known === undefined) await object.create(encodeRecord(record));
      else await object.replace(encodeRecord(record), known.version);
      return;
    } catch (error) {
      // So many lost races are none: the store contradicts itself.
      if (!(error instanceof StoreConflict) || attempt >= 16) throw error;
    }
  }
}

/** Ends a freeze, and returns it; undefined where there was none. */
export async function thaw(object: ConditionalObject): Promise<Freeze | undefined> {
  for (let attempt = 0; ; attempt += 1) {
    const known = await readFreeze(object);
    if (known === undefined) return undefined;
    try {
      await object.remove(known.version);
      return known.record;
    } catch (error) {
      // So many lost races are none: the store contradicts itself.
      if (!(error instanceof StoreConflict) || attempt >= 16) throw error;
    }
  }
}
