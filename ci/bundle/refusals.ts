import { UsageError, UserError } from "../../lib/errors";

/** What is deployed is what main has. */
export function notMerged(pullRequest: number, branch: string): UserError {
  return new UserError({
    code: "not-merged",
    what: `pull request ${pullRequest} is not merged into ${branch}`,
    expected: "a merged one: its bundle is held against what main's code plans",
  });
}

/** The named run did not make a bundle of this pull request, or of main. */
export function otherRun(run: number, pullRequest: number, branch: string): UserError {
  return new UserError({
    code: "other-run",
    what: `run ${run} is neither a plan of pull request ${pullRequest}'s newest commit nor a deploy of ${branch}`,
    expected: "one of both, of this repository itself",
    remedy: "Leave the run out, and the pull request's own is taken",
  });
}

/** There is nothing to apply. */
export function noBundleOf(id: string, why: string): UserError {
  return new UserError({
    code: "no-bundle",
    what: `there is no bundle of ${id}: ${why}`,
    expected: "the artifact of a plan, which is kept for 30 days",
    remedy: "Run deploy with the action plan; somebody approves that; then run it with the action apply and that run",
  });
}

/** A variable that should be a number is none. */
export function noNumber(name: string, value: string): UsageError {
  return new UsageError({ code: "usage", what: `${name} is "${value}"`, expected: "a number" });
}
