import { UserError } from "../lib/errors";

/** An engine's command that a stack's folder is no place for, since a command of ours does it with every check. */
export function notBehindTheGuard(command: string, why: string, instead: string): UserError {
  return new UserError({
    code: "not-behind-the-guard",
    what: `${command} is not run here: ${why}`,
    expected: "the command that looks first",
    remedy: instead,
  });
}
