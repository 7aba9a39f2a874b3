import { setTimeout as delay } from "node:timers/promises";
import { comesAfter, type Need, type Needs } from "../../stacks/order";
import { type RunMarks } from "./run-marks";

/** How long something is waited for, in milliseconds. */
export interface Patience {
  /** For an apply that has not begun: cdktf begins all at once, or was told to run fewer. */
  readonly begin: number;
  /** For an apply to end: somebody may have to approve it first. */
  readonly end: number;
  /** Between two looks. */
  readonly look: number;
  /** Between two lines of progress. */
  readonly tell: number;
}

const patience: Patience = { begin: 30_000, end: 60 * 60_000, look: 500, tell: 30_000 };

/**
 * Before the apply of a stack: waits for the applies of this run that make the namespaces it needs. It goes on in any case, and says what
 * was not waited for: where the namespace is there already, nothing is wrong.
 */
export async function waitForOthers(
  id: string,
  needs: Needs,
  marks: RunMarks,
  note: (text: string) => void,
  limits: Patience = patience,
): Promise<void> {
  for (const need of comesAfter(id, needs)) {
    const problem = await waitFor(id, need, marks, note, limits);
    if (problem === undefined) continue;
    note(
      `${id} goes on: ${need.stack} ${problem}. Where namespace ${need.namespace} is missing, ${id} will fail: deploy ${need.stack}, then ${id} again`,
    );
  }
}

/** Why its apply cannot be relied on; undefined where it has ended well, or is no part of this run. */
async function waitFor(
  id: string,
  { namespace, stack }: Need,
  marks: RunMarks,
  note: (text: string) => void,
  limits: Patience,
): Promise<string | undefined> {
  const since = Date.now();
  let told: number | undefined;
  for (;;) {
    const progress = marks.progress(stack);
    const waited = Date.now() - since;
    if (progress === "absent" || progress === "applied") return undefined;
    if (progress === "failed") return "was not applied";
    if (progress === "initialized" && waited > limits.begin) return "has not begun to apply";
    if (waited > limits.end) return `is still being applied after ${minutes(waited)}`;
    if (told === undefined || Date.now() - told > limits.tell) {
      const what = `namespace ${namespace}, which ${stack} makes: it waits for the apply of ${stack}`;
      note(told === undefined ? `${id} needs ${what}` : `${id} still needs ${what} (${minutes(waited)})`);
      told = Date.now();
    }
    await delay(limits.look);
  }
}

function minutes(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
