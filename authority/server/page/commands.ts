import { shellQuoted } from "../../../lib/text/shell";
import { type Look } from "./look";

/** One thing to do next, and why. */
export interface Suggestion {
  readonly command: string;
  readonly why: string;
}

/** What whoever looks at a state would do next, the most pressing first. */
export function nextSteps({ state, problem, cutover, sealedTo, holder, beside, versions }: Look): Suggestion[] {
  const command = (...words: string[]): string => ["flywheel", ...words.map(shellQuoted)].join(" ");
  const { id } = state;
  if (problem !== undefined) return [{ command: command("check", id), why: "it cannot be read" }];
  const steps: Suggestion[] = [];
  if (cutover !== undefined)
    steps.push({ command: command("cutover", id, "--to", cutover.to.backend), why: "finishes the move" });
  else if (sealedTo !== undefined)
    steps.push({ command: command("status", id), why: "the state has left; see where a current checkout has it" });
  if (holder !== undefined)
    steps.push({ command: command("unlock", id, holder.ID), why: "only when its holder is surely dead" });
  const { lease, freezes = [] } = beside ?? {};
  if (lease?.phase === "attempted" || lease?.phase === "applied")
    steps.push({ command: command("reconcile", id), why: "where that apply was cut off" });
  if (freezes.length > 0) steps.push({ command: command("thaw", id), why: "when the reason is gone" });
  if (steps.length > 0) return steps;
  if (versions.length === 0) return [{ command: command("plan", id), why: "nothing was ever written here" }];
  return [{ command: command("plan", id), why: "free" }];
}

/** Makes an earlier version the state again. */
export function restoreCommand({ state }: Look, version: string): string {
  return `flywheel restore ${shellQuoted(state.id)} --version ${shellQuoted(version)}`;
}
