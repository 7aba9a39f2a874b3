import { UsageError, UserError, type Problem, messageOf } from "../../lib/errors";
import { expectOneOf } from "../../lib/config/nearest";
import { stackNames } from "../../lib/config/names";
import { StoreUnavailable } from "../../authority/stores/object-store";

/** A line of a check, by its name. */
interface NamedLine {
  readonly name: string;
}

/** A question would be put where there is no terminal. */
export function nobodyToAsk(option: "--auto-approve" | "--yes"): UsageError {
  return new UsageError({
    code: "usage",
    what: "there is nobody to ask here",
    expected: `a terminal, or ${option}`,
  });
}

/** The operator did not say yes to the plan. */
export function notApplied(id: string): UserError {
  return new UserError({ code: "not-applied", what: `${id} was not applied`, expected: "yes" });
}

/** Some checks failed. Each one's own problems stand with its line. */
export function checkFailed(failures: readonly NamedLine[], lines: number): UserError {
  return new UserError({
    code: "check-failed",
    what: `${failures.length} of ${lines} checks failed: ${failures.map(({ name }) => name).join(", ")}`,
    expected: "all of them to hold before anything is changed",
  });
}

/** --max of a comment is no number, or one that GitHub would not take. */
export function maxOutOfRange(
  max: string | undefined,
  [shortest, longest]: readonly [shortest: number, longest: number],
): UsageError {
  return new UsageError({
    code: "usage",
    what: `--max is ${max ?? ""}`,
    expected: `a number from ${shortest} to ${longest}`,
  });
}

/** A file that the command names cannot be read. */
export function unreadable(file: string, error: unknown): UserError {
  return new UserError({
    code: "unreadable",
    file,
    what: `cannot be read: ${messageOf(error)}`,
    expected: "a text file",
  });
}

/** The contract here is not the expected one. */
export function otherContract(hash: string, expected: string, id: string | undefined): UserError {
  return new UserError({
    code: "other-contract",
    what: `the init contract here is ${hash}, and ${expected} was expected`,
    expected: "one contract for the laptop, the pull request and the deployment",
    remedy: `Run \`flywheel contract${id === undefined ? "" : ` ${id}`}\` at both places and compare; until they agree, change nothing`,
  });
}

/** --expect is no hash of a contract. */
export function notAHash(text: string): UsageError {
  return new UsageError({
    code: "usage",
    what: `--expect is "${text}"`,
    expected: "the hash that `flywheel contract` prints: sha256: and 64 hexadecimal digits",
  });
}

/** No stack has that name. */
export function unknownStack(stack: string): UsageError {
  return new UsageError({
    code: "unknown-stack",
    what: `there is no stack "${stack}"`,
    expected: expectOneOf(`one of ${stackNames.join(", ")}`, stack, stackNames),
  });
}

/** No environment has that name. */
export function unknownEnvironment(env: string, names: string[]): UsageError {
  return new UsageError({
    code: "unknown-environment",
    what: `there is no environment "${env}"`,
    expected: expectOneOf(`one of ${names.join(", ")}`, env, names),
  });
}

/** A cutover that does not say where to. */
export function noDestination(id: string): UsageError {
  return new UsageError({
    code: "usage",
    what: "required option '--to <backend>' not specified",
    expected: "--to http or --to s3",
    remedy: `flywheel cutover ${id} --to s3`,
  });
}

/** After the move, the plan is another one. `see` is the command that shows it. */
export function plansDiffer(id: string, text: string, see: "plan" | "preview"): UserError {
  return new UserError({
    code: "plans-differ",
    what: `the plan of ${id} is not the one from before: ${text}`,
    expected: "the same plan; the move itself is complete",
    remedy: `See what it plans: flywheel ${see} ${id}`,
  });
}

/** --limit is no whole number from 1. */
export function limitNotPositive(text: string): UsageError {
  return new UsageError({ code: "usage", what: `--limit is "${text}"`, expected: "a whole number from 1" });
}

/** An option of a plain preview with --base. */
export function notWithBase(excluded: string): UsageError {
  return new UsageError({
    code: "usage",
    what: `--${excluded} does not go with --base`,
    expected: "flywheel preview [id...] --base REF [--json | --markdown]",
  });
}

/** --json and --markdown together. */
export function twoForms(): UsageError {
  return new UsageError({
    code: "usage",
    what: "--json and --markdown are two forms of one answer",
    expected: "one of them",
  });
}

/** The store cannot keep one writer from another. */
export function probeFailed(description: string, failures: readonly NamedLine[]): UserError {
  return new UserError({
    code: "probe-failed",
    what: `${description} cannot lock a state: ${failures.map(({ name }) => name).join(", ")}`,
    expected: "every line to hold",
  });
}

/** The engine has left no file. `candidates`: where it would be. */
export function noErroredState(id: string, candidates: readonly string[]): UserError {
  return new UserError({
    code: "no-errored-state",
    what: `there is neither ${candidates.join(" nor ")}`,
    expected: "the file that the engine wrote when it could not save its state",
    remedy: `Name it: flywheel recover ${id} FILE`,
  });
}

/** The engine has left a file in two folders, and which one is meant cannot be told. */
export function twoErroredStates(id: string, found: readonly string[]): UserError {
  return new UserError({
    code: "two-errored-states",
    what: `there are two: ${found.join(" and ")}`,
    expected: "the file that the engine wrote when it could not save its state",
    remedy: `Name it: flywheel recover ${id} FILE`,
  });
}

/** The file that the engine left cannot be read. */
export function erroredStateUnreadable(file: string, error: unknown): UserError {
  return new UserError({
    code: "no-errored-state",
    file,
    what: `cannot be read: ${messageOf(error)}`,
    expected: "the errored.tfstate that the engine left",
  });
}

/** `register` is about one stack, or about the bucket. */
export function stackOrAuthority(id: string | undefined): UsageError {
  return new UsageError({
    code: "usage",
    what: id === undefined ? "register needs a stack" : "--authority is about the bucket, not about a stack",
    expected: "flywheel register <id>, or flywheel register --authority",
  });
}

/** The target holds no backup at all. */
export function noBackups(description: string): UserError {
  return new UserError({
    code: "no-backup",
    what: `there is no backup in ${description}`,
    expected: "at least one",
    remedy: "flywheel backup",
  });
}

/** --cert without --key, or the other way round. */
export function halfAPair(): UsageError {
  return new UsageError({ code: "usage", what: "--cert and --key go together", expected: "both, or neither" });
}

/** --dir where no file store is. `why` says what is instead. */
export function dirOfNoStore(why: string): UsageError {
  return new UsageError({
    code: "usage",
    what: `--dir is the file store's, and ${why}`,
    expected: "--store file with --dir, or neither",
  });
}

/** --listen is no host with a port. */
export function notAListenAddress(text: string): UsageError {
  return new UsageError({
    code: "usage",
    what: `--listen is "${text}"`,
    expected: "HOST:PORT, such as 127.0.0.1:8080",
  });
}

/** A state that `status` could not read. `problem` says why. */
export function stateUnreadable(id: string, problem: string | undefined): Problem {
  return {
    code: "state-unavailable",
    what: `${id}: ${problem ?? ""}`,
    expected: "every state to be readable",
  };
}

/** A lock is to be given back, and there is none. */
export function notLocked(id: string): UserError {
  return new UserError({
    code: "not-locked",
    what: `${id} is not locked`,
    expected: "a lock to give back",
    remedy: `flywheel status ${id}`,
  });
}

/** The lock is one that a cutover goes on with. */
export function lockOfACutoverUnderWay(
  id: string,
  journal: { readonly who: string; readonly since: string; readonly to: { readonly backend: string } },
): UserError {
  return new UserError({
    code: "cutover-under-way",
    what: `that is the lock of a cutover of ${id} by ${journal.who}, since ${journal.since}`,
    expected: "it to be finished or undone",
    remedy: `flywheel cutover ${id} --to ${journal.to.backend}\nOr: flywheel cutover ${id} --to ${journal.to.backend} --abort`,
  });
}

/** The road that was named ends at another bucket than the configuration's. */
export function roadToOtherBucket(description: string, found: string | undefined, known: string): StoreUnavailable {
  return new StoreUnavailable(
    description,
    `the road ends at a bucket ${found === undefined ? "without an identity" : `whose identity is ${found}`}, and state.s3.authority expects ${known}`,
    "wrong-authority",
  );
}

/** The lock is the seal that a move has left. */
export function sealOfACutover(id: string, moved: string): UserError {
  return new UserError({
    code: "sealed",
    what: `that is the seal of a cutover: the state of ${id} has moved to ${moved}`,
    expected: "the seal to stay: without it a stale client could write there",
    remedy: `Only going back lifts it: flywheel cutover ${id} --to ...`,
  });
}
