import { UserError } from "../../../lib/errors";
import { engineCannot } from "../../refusals";
import { checkLine, type CheckLine, type Finding } from "../line";
import {
  applyNow,
  firstError,
  onScratch,
  refusedWhileHeld,
  type ScratchOptions,
  type ScratchRun,
} from "../scratch-run";

const who = "flywheel check --deep";
const plan = ["plan", "-input=false", "-detailed-exitcode", "-lock-timeout=0s"] as const;

/**
 * The life of a stack whose only resource is data of the engine's own, on a state of its own beside the stack's: init, apply, output, an
 * empty plan, a held lock that refuses, its state removed and put back from the store's own history, an empty plan again, destroy.
 */
export function disposableStack(options: ScratchOptions): Promise<CheckLine> {
  const body = (id: string) => ({
    resource: { terraform_data: { proof: { input: id } } },
    output: { proof: { value: "${terraform_data.proof.output}" } },
  });
  return checkLine("disposable stack", () => onScratch(options, body, live));
}

async function live(scratch: ScratchRun): Promise<Finding> {
  const { id, name, must } = scratch;
  await must("apply", ...applyNow);
  const output = (await must("read the output", "output", "-raw", "proof")).trim();
  if (output !== id) throw engineCannot(name, "read the output", `it read ${output}, and wrote ${id}`);
  await planSays(scratch, 0, "plan nothing after an apply");
  const held = await refusedWhileHeld(scratch);
  if (typeof held !== "string") return held;
  const restored = await removeAndRestore(scratch);
  await planSays(scratch, 0, "plan nothing on the state that was put back");
  await must("destroy", "destroy", "-input=false", "-auto-approve", "-lock-timeout=0s");
  const steps = `${name}: init, apply, output, an empty plan, a held lock refuses`;
  if (restored !== undefined) return { finding: `${steps}, destroy; ${restored}` };
  return `${steps}, state removed and put back, an empty plan, destroy`;
}

/** The engine's plan on the state as it is: 0 for nothing, 2 for changes. */
async function planSays({ name, run }: ScratchRun, expected: 0 | 2, what: string): Promise<void> {
  const { exitCode, stdout, stderr } = await run(...plan);
  if (exitCode === expected) return;
  const said =
    exitCode === 0 ? "its plan is empty" : exitCode === 2 ? "it plans changes" : firstError(stderr || stdout);
  throw engineCannot(name, what, said);
}

/** Removes the state and puts it back. Returns why that could not be proven, where the store removes nothing. */
async function removeAndRestore(scratch: ScratchRun): Promise<string | undefined> {
  const { id, name, place } = scratch;
  const before = (await place.read())?.bytes;
  if (before === undefined) throw engineCannot(name, "apply", "its state is not there afterwards");
  await underLock(scratch, () => place.delete(id, who)).catch((error: unknown) => {
    if (!(error instanceof UserError) || !isUnversioned(error)) throw error;
  });
  if ((await place.read()) !== undefined)
    return "that a removed state can be had again is not proven: the bucket keeps no versions, so none is removed";
  await planSays(scratch, 2, "see that its state was removed");
  // A server's route gives out no history: what it gave before stands in for it.
  const version = (await place.history?.())?.find(({ removed }) => !removed);
  const kept = version === undefined ? before : await place.readVersion?.(version.id);
  if (kept?.equals(before) !== true)
    throw engineCannot(name, "have a removed state again", "the newest earlier version is not what was removed");
  await underLock(scratch, () => place.write(kept, id, who));
  return undefined;
}

function isUnversioned({ problems }: UserError): boolean {
  return problems.some(({ code }) => code === "bucket-not-versioned");
}

async function underLock(scratch: ScratchRun, work: () => Promise<unknown>): Promise<void> {
  const busy = await scratch.take();
  if (busy !== undefined) throw engineCannot(scratch.name, "unlock", `${busy.Who} holds the lock`);
  try {
    await work();
  } finally {
    await scratch.giveBack();
  }
}
