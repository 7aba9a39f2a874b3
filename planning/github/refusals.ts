import { UserError, messageOf } from "../../lib/errors";

/** GitHub gave no answer. */
export function githubUnreachable(method: string, path: string, error: unknown): UserError {
  return new UserError({
    code: "github-unreachable",
    what: `${method} ${path} has no answer from GitHub: ${messageOf(error)}`,
    expected: "an answer; run the job again",
  });
}

/** GitHub answered with an error. */
export function githubRefused(status: number, method: string, path: string): UserError {
  return new UserError({
    code: "github-refused",
    what: `GitHub answered ${status} to ${method} ${path}`,
    expected: "an answer; the token may lack a permission: the job's `permissions` name it",
  });
}

/** GitHub answered something else than its documentation says. */
export function answerWithout(key: string, kind: string): UserError {
  return new UserError({ code: "github-refused", what: `GitHub's answer has no ${key}`, expected: kind });
}
