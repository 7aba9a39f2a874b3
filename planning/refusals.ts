import { UserError } from "../lib/errors";

/** A file that no plan can start from. */
export function notAState(file: string, what: string): UserError {
  return new UserError({ code: "not-a-state", file, what, expected: "a state file, as `state pull` prints it" });
}
