import { UserError } from "../../lib/errors";
import { type NamedPlace } from "../cutover/move";
import { emptySource, requireOlder } from "../cutover/refusals";
import { requireLedgersState } from "../ledger/ledgers-state";
import { type ObjectStore } from "../stores/object-store";
import { type StateRead } from "../state/state-object";
import { checkLine, type CheckLine } from "./line";
import { addressesUnknowable, checkBackup, checkGeneration, type KnownState, type NewestBackup } from "./past";

interface MoveCheckOptions extends KnownState {
  readonly source: NamedPlace;
  readonly destination: NamedPlace;
  /** The store of ours that keeps the state's generation. */
  readonly store: ObjectStore;
  readonly stateKey: string;
  /**
   * What a plan on the state would not know; undefined where the state can't be looked into (it is encrypted). May throw a UserError. Absent
   * for HCL of its own.
   */
  readonly unknownAddresses?: (state: StateRead) => Promise<readonly string[] | undefined>;
  readonly newestBackup?: NewestBackup;
}

/**
 * Looks at both ends of a move that has not begun: the state can be read, is the ledger's and no older than its backup, and may
 * replace what is at the destination. It takes no lock, so what it saw may change: the move looks again under its own. A failed
 * line has the code and the words that the move itself would refuse with.
 */
export async function checkMove(options: MoveCheckOptions): Promise<readonly CheckLine[]> {
  const { id, source, destination, ledgerEntry } = options;
  const generation = checkGeneration(options, options);
  // The destination first: where both are one object, an apply in between leaves the source the newer one.
  let there: StateRead | undefined;
  const readable = await checkLine(`${id}: destination`, async () => {
    there = await destination.state.read();
    return there === undefined
      ? `nothing at ${destination.location}`
      : `serial ${there.serial} at ${destination.location}`;
  });
  let state: StateRead | undefined;
  const moved = await checkLine(`${id}: source`, async () => {
    const read = await source.state.read();
    // "The state that the ledger knows is gone" says more than "there is no state".
    requireLedgersState(id, { state: source, ...(ledgerEntry === undefined ? {} : { entry: ledgerEntry }) }, read);
    if (read === undefined) throw emptySource(id, source);
    if (there !== undefined) requireOlder(id, read, there, destination);
    state = read;
    return `serial ${read.serial} at ${source.location}`;
  });
  return [await generation, readable, moved, ...(state === undefined ? [] : await linesOf(options, state))];
}

async function linesOf(
  { id, unknownAddresses, newestBackup }: MoveCheckOptions,
  state: StateRead,
): Promise<readonly CheckLine[]> {
  const addresses = await checkLine(`${id}: addresses`, async () => {
    if (unknownAddresses === undefined) return { note: addressesUnknowable };
    try {
      const unknown = await unknownAddresses(state);
      if (unknown === undefined) return { note: "the state is encrypted: its addresses are seen by the engine only" };
      if (unknown.length === 0) return "every address is one that this program has, or once had";
      return {
        note: `the state has what this program does not know: ${unknown.join(", ")}; it moves with the rest, and flywheel check ${id} stops the next deploy`,
      };
    } catch (error) {
      // A note, not a failure: a move destroys nothing.
      if (error instanceof UserError) return { note: `not looked at: ${error.message}` };
      throw error;
    }
  });
  return [addresses, ...(newestBackup === undefined ? [] : [await checkBackup(id, state, newestBackup)])];
}
