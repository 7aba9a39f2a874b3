import { type OpenMove } from "../../authority/cutover/open";
import { noStateThere } from "../../authority/stores/refusals";
import { sealedTo } from "../../authority/cutover/seal";
import { type Problem, UserError } from "../../lib/errors";
import { secretVariable } from "../../lib/engine/environment";

/** What is known of the move that was refused. */
export interface RefusedMove {
  readonly id: string;
  readonly move?: OpenMove;
  /** Whether the legacy place is the one that is left: by this command, or by the move that is under way. */
  readonly leavesLegacy: boolean;
}

/**
 * A refusal of a move with what was expected and what to do. The rules and stores below don't know that they are part of a move, so
 * some of theirs say only what they saw; and none of them knows by which options a place was chosen. Done twice it is the same.
 */
export function asRefusedMove({ problems }: UserError, refused: RefusedMove): UserError {
  return new UserError(
    problems.map((problem) => {
      const hint = hintFor(problem, refused.id);
      const [expected, remedy] = [problem.expected ?? hint.expected, problem.remedy ?? hint.remedy];
      return {
        ...problem,
        expected,
        remedy: remedy === undefined ? undefined : asTyped(remedy, refused),
      };
    }),
  );
}

/** The legacy place is named by an option. There is no way back into it. */
function asTyped(remedy: string, { leavesLegacy }: RefusedMove): string {
  if (!leavesLegacy) return remedy;
  return remedy.replace(/^(?!.*go back).*--to (http|s3)(?! --from)/gim, "$& --from legacy.gitlab");
}

type Hint = Pick<Problem, "expected" | "remedy">;

const outages = ["store-unavailable", "store-timeout", "state-unavailable"];

function hintFor({ code, lock }: Problem, id: string): Hint {
  if (code === "locked") return hintForLock(lock, id);
  if (code === "no-bucket") return { remedy: "Add it, commit it, then run this again; docs/contract.md" };
  if (code === "wrong-authority")
    return {
      expected: "the same bucket as ever: this one was re-created, or the endpoint is another server's",
      remedy: "Change nothing; see docs/bucket-index-gone.md",
    };
  if (code === "stored-state-unreadable") return noStateThere;
  if (!outages.includes(code))
    return {
      expected: "both places to be as they were when the move looked",
      remedy: `See both places: flywheel status ${id}`,
    };
  return {
    expected: "an answer: this is an outage, and never an empty state",
    remedy: `Run the same command again later; it goes on where it stopped\nSee what is out: flywheel check ${id}`,
  };
}

function hintForLock(lockId: string | undefined, id: string): Hint {
  const to = lockId === undefined ? undefined : sealedTo({ ID: lockId });
  if (to !== undefined)
    return {
      expected: "a place that the state has not left",
      remedy: `It has moved to ${to}: pull the newest configuration`,
    };
  return {
    expected: "a place that nobody works on",
    remedy: `Wait for it, then run this again\nWhere that run is dead: flywheel unlock ${id}${lockId === undefined ? "" : ` ${lockId}`}, see docs/stuck-lock.md`,
  };
}

/** Some checks before a move failed: those of `names`, of `count` checks. */
export function checksFailed(id: string, names: readonly string[], count: number): Problem {
  return {
    code: "check-failed",
    what: `${id} was not moved: ${names.length} of ${count} checks failed: ${names.join(", ")}`,
    expected: "all of them to hold before a move; nothing was changed, and nothing is locked",
  };
}

/** A plan by the real providers needs every secret's value. */
export function secretsNeeded(id: string, missing: readonly string[]): UserError {
  return new UserError({
    code: "secrets-without-value",
    what: `${id} lists ${missing.length === 1 ? "a secret that has" : "secrets that have"} no value here: ${missing.join(", ")}`,
    expected: "their values: the real providers would plan a placeholder as a change; nothing was changed",
    remedy: `Set ${missing.map((name) => `TF_VAR_${name} (or ${secretVariable(id, name)})`).join(", ")}\n${byReplay}`,
  });
}

const byReplay = "Without --real-plan the plans are made by replay, which needs neither secrets nor providers";

/** The engine's plan failed. `said`: the last lines of what it said, without any secret. */
export function noRealPlan(
  id: string,
  {
    command,
    exitCode,
    said,
  }: { readonly command: string; readonly exitCode: number; readonly said: readonly string[] },
  isMoved: boolean,
): UserError {
  return new UserError({
    code: "no-real-plan",
    what: `the real providers' plan of ${id} could not be made: ${command} ended with exit code ${exitCode}`,
    expected: `a plan to compare with${isMoved ? "" : "; this run has changed nothing"}`,
    remedy: [
      ...(said.length === 0 ? ["The engine gave no reason"] : ["The engine said:", ...said.map((line) => `  ${line}`)]),
      byReplay,
    ].join("\n"),
  });
}
