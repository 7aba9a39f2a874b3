import { backendBlock, scratchOf, type StateContract } from "../../lib/backend/contract";
import { UserError } from "../../lib/errors";
import { type Clock } from "../clock";
import { engineCannot } from "../refusals";
import { checkLine, type CheckLine, type Finding } from "./line";
import { applyNow, onScratch, refusedWhileHeld, type ScratchOptions, type ScratchRun } from "./scratch-run";

/**
 * What every other line only suggests: that the engine itself, with the stack's own backend block and environment, can init, is
 * refused while somebody else holds the lock, locks, writes, unlocks and reads back. Nothing of it stays.
 */
export function engineProof(options: ScratchOptions): Promise<CheckLine> {
  return checkLine("engine", () => onScratch(options, (id) => ({ output: { proof: { value: id } } }), prove));
}

/** What two contracts have in common where one proof stands for both: all of the block but whose state it is. */
export function provenWith(contract: StateContract, stateName: string, clock: Clock): string {
  const scratch = scratchOf(contract, stateName, "one");
  return JSON.stringify(scratch === undefined ? clock.uniqueId() : backendBlock(scratch));
}

async function prove(scratch: ScratchRun): Promise<Finding> {
  const { id, name, place, must } = scratch;
  const held = await refusedWhileHeld(scratch);
  if (typeof held !== "string") return held;
  await must("lock, write and unlock", ...applyNow);
  const read = (await must("read back", "output", "-raw", "proof")).trim();
  if (read !== id) throw engineCannot(name, "read back", `it read ${read}, and wrote ${id}`);
  if ((await scratch.take()) !== undefined)
    throw engineCannot(name, "unlock", "its lock is still held after it had ended");
  // A store without versions removes no state by its rules. In a bucket the proof's own is purged; a server keeps it for the next check.
  await place.delete(id, "flywheel check").catch(unlessRefused);
  await scratch.giveBack();
  return `${name} inits, is refused a held lock, locks, writes, reads back and unlocks`;
}

function unlessRefused(error: unknown): void {
  if (!(error instanceof UserError)) throw error;
}
