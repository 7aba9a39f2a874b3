import { UserError } from "../../lib/errors";

/** The server refuses this user, or asks for one. */
export function notAllowedThere(url: string, what: string): UserError {
  return new UserError({
    code: "not-allowed",
    what: `${url}: ${what}`,
    expected: "a user of that server that may write this state",
    remedy: "Check TF_HTTP_USERNAME and TF_HTTP_PASSWORD",
  });
}
