import { describeLock, type LockInfo } from "../authority/state/lock-info";
import { type Problem, UsageError, UserError } from "../lib/errors";

/** A listed secret without a value: the engine would stop in the middle of a plan. */
export function missingSecret(id: string, name: string, shared: string, own: string): Problem {
  return {
    code: "missing-secret-value",
    key: name,
    what: `the secret ${name} of ${id} has no value`,
    expected: `${shared}, or ${own} for this stack alone`,
    remedy: `flywheel secrets ${id} lists what is missing; docs/secrets.md`,
  };
}

/** An engine's command that a stack's folder is no place for, since a command of ours does it with every check. */
export function notBehindTheGuard(command: string, why: string, instead: string): UserError {
  return new UserError({
    code: "not-behind-the-guard",
    what: `${command} is not run here: ${why}`,
    expected: "the command that looks first",
    remedy: instead,
  });
}

/** A lock that says that it is a cutover's, where the bucket with its journal cannot be asked. */
export function lockOfACutover(id: string, holder: LockInfo): UserError {
  return new UserError({
    code: "cutover-under-way",
    what: `that is the lock of a cutover of ${id}: ${describeLock(holder)}`,
    expected: "it to be finished or undone by somebody with keys for the bucket, where its journal is",
    remedy: `flywheel cutover ${id} --to s3|http\nOr the same with --abort`,
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

/** The ledger knows a state, and its place has none: an outage, never an empty state. */
export function liveStateMissing(id: string, place: string, ledger: string): UserError {
  return new UserError({
    code: "state-missing",
    file: ledger,
    what: `the ledger knows a state of ${id}, and there is none at ${place}`,
    expected: "the state: a plan from nothing would say that everything is new",
    remedy: `See what the store says: flywheel check ${id}`,
  });
}

/** What is at a place is not the state that the ledger knows. */
export function otherLineage(fields: {
  readonly id: string;
  readonly place: string;
  readonly found: string;
  readonly expected: string;
  readonly ledger: string;
}): UserError {
  const { id, place, found, expected, ledger } = fields;
  return new UserError({
    code: "other-lineage",
    file: ledger,
    what: `the state of ${id} at ${place} has lineage ${found}, and the ledger knows ${expected}`,
    expected: "the state that the ledger knows",
    remedy: `See both: flywheel status ${id}`,
  });
}

/** There is nothing to adopt. */
export function noStateToAdopt(id: string): UserError {
  return new UserError({
    code: "no-state",
    what: `there is no state of ${id} where it should live`,
    expected: "a state to adopt",
    remedy: `From a file: flywheel adopt ${id} --state FILE. Where nothing is deployed yet there is nothing to adopt: flywheel preview ${id}`,
  });
}

/** An option without what it needs, or beside what it does not go with. */
export function wrongOption(what: string, expected: string): UsageError {
  return new UsageError({ code: "usage", what, expected });
}

/** An address that no version of a state has. */
export function unknownAddress(id: string, address: string): UserError {
  return new UserError({
    code: "unknown-address",
    what: `no version of the state of ${id} has ${address}`,
    expected: "an address as `state list` prints it, of today or before a move",
    remedy: `flywheel history ${id} lists the versions; --limit looks further back`,
  });
}
