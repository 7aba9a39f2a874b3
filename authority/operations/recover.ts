import { type StackInstance } from "../../lib/config/load";
import { type UserError, messageOf } from "../../lib/errors";
import { sealedTo } from "../cutover/seal";
import { requireLedgersState } from "../ledger/ledgers-state";
import { type LivePlace } from "../state/live-place";
import { type LockInfo } from "../state/lock-info";
import { StateRefusal } from "../refusals";
import { type StateRead } from "../state/state-object";
import { firstState } from "../state/first-state";
import { stateSizeLimit, summarizeState } from "../state/state-summary";
import { type Clock } from "../clock";
import {
  firstBesideAnother,
  notInLedger,
  recoveredReadBackDiffers,
  notErroredState,
  stateHasLeft,
  lockedMeanwhile,
  otherLineage,
  olderThanState,
  twoOfOneSerial,
} from "./refusals";

interface RecoverOptions {
  readonly stack: StackInstance;
  readonly place: LivePlace;
  /** The errored.tfstate, and its bytes. */
  readonly file: string;
  readonly bytes: Buffer;
  readonly who: string;
  readonly clock: Clock;
  /** Keeps what is there before it is replaced. Where it throws, nothing is replaced. */
  readonly keep: (replaced: StateRead) => Promise<void>;
  readonly progress: (line: string) => void;
}

/** What a recovery did. `lineage` is a new one where a first apply's state had none. */
export interface Recovery {
  /** False where the state was there already, byte for byte. */
  readonly changed: boolean;
  readonly lineage: string;
  readonly serial: number;
  /** Undefined where nothing was there yet. */
  readonly serialBefore?: number;
}

/**
 * Puts the state that an engine could not save back where it belongs, under a lock of its own: the same lineage and a higher
 * serial, or nothing. What is there first is kept, and what was written is read back.
 * @throws UserError for every refusal: what it saw and what to do. Nothing was changed then.
 */
export async function recover(options: RecoverOptions): Promise<Recovery> {
  const { place, who, clock, stack } = options;
  const given = readGiven(options);
  const lock: LockInfo = {
    ID: clock.uniqueId(),
    Operation: "recover",
    Info: `putting back serial ${given.serial}`,
    Who: who,
    Version: "flywheel",
    Created: clock.now().toISOString(),
    Path: place.state.location,
  };
  try {
    await place.state.lock(lock, who);
  } catch (error) {
    if (error instanceof StateRefusal && error.holder !== undefined) throw lockedBy(stack, place, error.holder);
    throw error;
  }
  try {
    return await underLock(options, given, lock.ID);
  } finally {
    await place.state.unlock(lock.ID, who).catch((error: unknown) => {
      options.progress(
        `the lock could not be given back (${messageOf(error)}): flywheel unlock ${stack.id} ${lock.ID}`,
      );
    });
  }
}

async function underLock(options: RecoverOptions, given: Given, lockId: string): Promise<Recovery> {
  const { stack, place, who, progress } = options;
  const { lineage, serial, bytes, isFirst } = given;
  const there = await place.state.read();
  requireLedgersState(stack.id, place, there);
  if (there === undefined) {
    // A 404 of a wrong address must not become the place of a state.
    if (place.entry === undefined) throw notInLedger(place.state.location, stack);
  } else {
    if (there.bytes.equals(bytes)) return { changed: false, lineage, serial, serialBefore: there.serial };
    if (isFirst)
      throw firstBesideAnother({ location: place.state.location, lineage: there.lineage, file: options.file });
    requireNewer(options, given, there);
    await options.keep(there);
  }
  await place.state.write(bytes, lockId, who);
  const after = await place.state.read();
  if (after?.bytes.equals(bytes) !== true) throw recoveredReadBackDiffers(place.state.location, stack.id);
  if (isFirst) progress(`it is of a first apply, and had no lineage: it has ${lineage} now`);
  progress(`written to ${place.state.location} and read back`);
  return { changed: true, lineage, serial, ...(there === undefined ? {} : { serialBefore: there.serial }) };
}

interface Given {
  readonly lineage: string;
  readonly serial: number;
  /** What is written. */
  readonly bytes: Buffer;
  /** It had no lineage: it is of a first apply, and belongs where nothing is. */
  readonly isFirst: boolean;
}

function readGiven({ file, bytes, place }: RecoverOptions): Given {
  if (bytes.length > stateSizeLimit)
    throw notErroredState(file, `it has ${bytes.length} bytes, over the limit of ${stateSizeLimit}`);
  const first = firstState(bytes, place.state.location);
  const written = first ?? bytes;
  const given = summarizeState(written);
  if (typeof given === "string") throw notErroredState(file, given);
  return { ...given, bytes: written, isFirst: first !== undefined };
}

function requireNewer({ stack, place, file }: RecoverOptions, given: Given, there: StateRead): void {
  const where = place.state.location;
  if (given.lineage !== there.lineage) {
    throw otherLineage({ lineage: given.lineage, where, thereLineage: there.lineage, id: stack.id, file });
  }
  if (given.serial < there.serial) {
    throw olderThanState({ serial: given.serial, where, thereSerial: there.serial, id: stack.id, file });
  }
  if (given.serial === there.serial) {
    throw twoOfOneSerial({ where, serial: given.serial, id: stack.id, file });
  }
}

function lockedBy(stack: StackInstance, place: LivePlace, holder: LockInfo): UserError {
  const moved = sealedTo(holder);
  if (moved !== undefined) {
    return stateHasLeft({ id: stack.id, location: place.state.location, moved, lock: holder.ID });
  }
  return lockedMeanwhile(stack.id, holder);
}
