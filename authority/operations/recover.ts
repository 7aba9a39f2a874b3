import { type StackInstance } from "../../lib/config/load";
import { type Code, UserError } from "../../lib/errors";
import { sealedTo } from "../cutover/seal";
import { requireLedgersState } from "../ledger/ledgers-state";
import { type LivePlace } from "../state/live-place";
import { describeLock, type LockInfo } from "../state/lock-info";
import { StateRefusal } from "../refusals";
import { type StateRead } from "../state/state-object";
import { stateSizeLimit, summarizeState } from "../state/state-summary";
import { type Clock } from "../clock";

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

/** What a recovery did. */
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
        `the lock could not be given back (${error instanceof Error ? error.message : String(error)}): flywheel unlock ${stack.id} ${lock.ID}`,
      );
    });
  }
}

async function underLock(options: RecoverOptions, given: Given, lockId: string): Promise<Recovery> {
  const { stack, place, who, bytes, progress } = options;
  const { lineage, serial } = given;
  const there = await place.state.read();
  requireLedgersState(stack.id, place, there);
  if (there === undefined) {
    // A 404 of a wrong address must not become the place of a state.
    if (place.entry === undefined)
      throw new UserError({
        code: "not-in-ledger",
        what: `there is no state at ${place.state.location}, and the ledger has no entry for ${stack.stateName}`,
        expected: "a state to replace, or an entry that says that there is none yet",
        remedy: `Where this was the first apply: flywheel register ${stack.id} --new, then the same command again`,
      });
  } else {
    if (there.bytes.equals(bytes)) return { changed: false, lineage, serial, serialBefore: there.serial };
    requireNewer(options, given, there);
    await options.keep(there);
  }
  await place.state.write(bytes, lockId, who);
  const after = await place.state.read();
  if (after?.bytes.equals(bytes) !== true)
    throw new StateRefusal(
      "read-back-differs",
      `${place.state.location} accepted the state, but other bytes were read back`,
      `see what is there: flywheel history ${stack.id}`,
    );
  progress(`written to ${place.state.location} and read back`);
  return { changed: true, lineage, serial, ...(there === undefined ? {} : { serialBefore: there.serial }) };
}

interface Given {
  readonly lineage: string;
  readonly serial: number;
}

function readGiven({ file, bytes }: RecoverOptions): Given {
  const given =
    bytes.length > stateSizeLimit
      ? `it has ${bytes.length} bytes, over the limit of ${stateSizeLimit}`
      : summarizeState(bytes);
  if (typeof given !== "string") return given;
  throw new UserError({
    code: "not-a-state",
    file,
    what: `this is not a state: ${given}`,
    expected: "what the engine wrote when it could not save its state",
    remedy:
      "Where the disk was full it may have been cut off: keep the file, and compare it with what the engine printed",
  });
}

function requireNewer({ stack, place, file }: RecoverOptions, given: Given, there: StateRead): void {
  const refuse = (code: Code, what: string, expected: string, remedy: string): never => {
    throw new UserError({ code, file, what, expected, remedy });
  };
  const where = place.state.location;
  if (given.lineage !== there.lineage) {
    refuse(
      "lineage-changed",
      `it has lineage ${given.lineage}, and ${where} has ${there.lineage}`,
      `a state of ${stack.id}`,
      "This is the state of something else: see in which folder the engine ran when it wrote it",
    );
  }
  if (given.serial < there.serial) {
    refuse(
      "serial-lowered",
      `it has serial ${given.serial}, and ${where} is at ${there.serial} already`,
      "a higher serial: it was recovered before, or somebody applied since",
      `Nothing is lost at ${where}. What this file has and the state has not: flywheel preview ${stack.id} --state FILE`,
    );
  }
  if (given.serial === there.serial) {
    refuse(
      "serial-taken",
      `${where} has another state with the same serial, ${given.serial}`,
      "a higher serial: somebody else wrote since, starting from the same state",
      `Keep the file. See who: flywheel history ${stack.id}\nThen plan, and import by hand what only this file knows`,
    );
  }
}

function lockedBy(stack: StackInstance, place: LivePlace, holder: LockInfo): UserError {
  const moved = sealedTo(holder);
  if (moved !== undefined) {
    return new UserError({
      code: "sealed",
      what: `the state of ${stack.id} has left ${place.state.location} for ${moved}, or is about to`,
      expected: "a checkout that knows its new place, and no move under way",
      remedy: `See which: flywheel status ${stack.id}\nThen pull the newest configuration, or finish the move, and run the same command again`,
    });
  }
  return new UserError({
    code: "locked",
    what: `${stack.id} is locked by ${describeLock(holder)}`,
    expected: "nobody at work on it",
    remedy: `Most likely it is the lock of the very run that left the file: it could not give it back either.\nWhen you are sure that it has ended: flywheel unlock ${stack.id} ${holder.ID}\nThen the same command again. Nothing was changed`,
  });
}
