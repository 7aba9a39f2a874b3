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

/** The ledger is not what the last commit has: nobody has reviewed it. */
export function ledgerUncommitted(file: string): UserError {
  return new UserError({
    code: "ledger-uncommitted",
    file,
    what: "the ledger has changes that are not committed",
    expected: "a reviewed ledger: it decides where the state is",
    remedy:
      "Commit it, or restore it; then run this again. A ledger that git ignores, or was told to overlook, counts too",
  });
}

/** Git cannot tell whether the ledger is what was committed. */
export function ledgerUnknown(file: string, why: string): UserError {
  return new UserError({
    code: "ledger-unknown",
    file,
    what: `git cannot tell whether the ledger is committed: ${why}`,
    expected: "a git that answers in that folder: an answer that is missing is no review",
    remedy:
      "Run `git status` in that folder. Where the repository belongs to another user: git config --global --add safe.directory FOLDER, or work in a clone of your own",
  });
}
