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

/** What holds data goes only where the configuration says so, resource by resource. */
export function holdsData(fields: {
  readonly id: string;
  readonly file: string;
  readonly kept: readonly string[];
  readonly allowed: readonly string[];
}): UserError {
  const { id, file, kept, allowed } = fields;
  const list = [...allowed, ...kept]
    .sort()
    .map((address) => `        - ${/["'#]/.test(address) ? JSON.stringify(address) : address}`);
  return new UserError({
    code: "holds-data",
    file,
    key: `state.allow_destroy.${id}`,
    what: `${kept.length} of the resources of ${id} ${kept.length === 1 ? "holds" : "hold"} data and may not be destroyed: ${kept.join(", ")}`,
    expected: "each of them in state.allow_destroy, reviewed like any change",
    remedy: [
      "Where all of it is meant to go, back it up, and write:",
      "  state:",
      "    allow_destroy:",
      `      ${id}:`,
      ...list,
      `Then again: flywheel destroy ${id}`,
    ].join("\n"),
  });
}

/** There is no state: nothing is known of what a destroy should destroy. */
export function nothingToDestroy(id: string, ledger: string): UserError {
  return new UserError({
    code: "nothing-to-destroy",
    what: `there is no state of ${id} where it should live`,
    expected: "a state, which names what is destroyed",
    remedy: `Where nothing was ever deployed: remove its settings file, and its block from ${ledger}`,
  });
}

/** Its addresses are seen by the engine only. */
export function encryptedState(id: string): UserError {
  return new UserError({
    code: "state-encrypted",
    what: `the state of ${id} is encrypted: what of it holds data cannot be told`,
    expected: "a state that can be looked into before all of it is destroyed",
    remedy: "Have the engine write it in clear (an `encryption` block with a fallback), then try again",
  });
}

/** The engine said that all of it is destroyed, and the state says otherwise. */
export function stillInState(id: string, addresses: readonly string[]): UserError {
  return new UserError({
    code: "still-in-state",
    what: `the state of ${id} still has ${addresses.join(", ")}`,
    expected: "an empty state after the destroy; its ledger entry has not ended",
    remedy: `Look at what is left, then again: flywheel destroy ${id}`,
  });
}

/** Somebody typed another name. */
export function notDestroyed(id: string, given: string): UserError {
  return new UserError({
    code: "not-destroyed",
    what: `${id} was not destroyed: ${given === "" ? "no name was given" : `the name given is ${given}`}`,
    expected: id,
  });
}

/** Something of somebody else's has the name that our program is to have. */
export function fileInTheWay(file: string): UserError {
  return new UserError({
    code: "file-in-the-way",
    file,
    what: "another program has this name",
    expected: "nothing there, or the link that an earlier `make install-cli` made",
    remedy: "Move it away, or name another folder: make install-cli FLYWHEEL_BIN=/usr/local/bin",
  });
}

/** There is no home folder, and no folder was named. */
export function nowhereToInstall(): UserError {
  return new UserError({
    code: "no-home-folder",
    what: "this user has no home folder to put a program in",
    expected: "HOME, or a folder that is named",
    remedy: "make install-cli FLYWHEEL_BIN=/usr/local/bin",
  });
}

/** The map of secrets. Nothing of it is repeated. */
export function secretsUnreadable(variable: string, what: string): Problem {
  return {
    code: "secrets-unreadable",
    key: variable,
    what: `${variable} cannot be used: ${what}`,
    expected:
      'one JSON map, by the names that `flywheel secrets` prints: {"TF_VAR_ghcr_token": "...", "TF_HTTP_PASSWORD": "..."}',
    remedy: "docs/ci.md, Secrets",
  };
}

/** A name that no stack is given a secret by: a misspelt one would be missing in the run. */
export function unknownSecretName(name: string, variable: string): Problem {
  return {
    code: "unknown-secret-name",
    key: name,
    what: `${variable} has "${name}", and no stack is given a secret of that name`,
    expected: "a name that `flywheel secrets` prints, or a credential of the state's place",
    remedy: "flywheel secrets lists the names; list the secret in the settings file, or take it out of the map",
  };
}

/** Nothing could be listed for the workflows that look at every stack. */
export function noTargets(file: string, key: string): UserError {
  return new UserError({
    code: "no-deploy-target",
    file,
    key,
    what: `no cluster has ${key}`,
    expected: "the GitHub environment and the runner of at least one",
    remedy: "docs/ci.md, Deploying",
  });
}

/** The road of a tunnel does not answer, and what was started for it does not come back. */
export function roadGone(road: string, why: string): UserError {
  return new UserError({
    code: "road-gone",
    what: `the road by ${road} is gone: ${why}`,
    expected: "a port that answers: the place itself may be well, and nothing of it was reached",
    remedy:
      "Start the port-forward again, then the same command. After an apply that was cut off: docs/errored-tfstate.md",
  });
}

/** There is no one place that a tunnel could lead to. */
export function noPlaceToReach(file: string, places: readonly string[]): UserError {
  return new UserError({
    code: "no-place-to-reach",
    file,
    what: places.length === 0 ? "no state has an address here" : `states are at ${places.join(" and ")}`,
    expected: "one host: a tunnel leads to one",
    remedy: "Name the bucket under state.s3, or the one state server under state.http.address",
  });
}

/** A question, and nobody at a terminal. */
export function nobodyToAsk(otherwise: string): UsageError {
  return new UsageError({
    code: "usage",
    what: "there is nobody to ask here",
    expected: `a terminal, or ${otherwise}`,
  });
}

/** What a road leads to was not taken for the bucket. */
export function noIdentityGiven(bucket: string): UserError {
  return new UserError({
    code: "no-identity-given",
    what: `${bucket} was given no identity`,
    expected: "yes, where what was found is the bucket that you know",
    remedy: "See where the road leads: flywheel tunnel -- flywheel status",
  });
}

/** The stack is new by the ledger, and nobody is there to confirm it. */
export function newAndNobodyToAsk(id: string): UsageError {
  return new UsageError({
    code: "usage",
    what: `${id} is new by the ledger, and there is nobody to ask here`,
    expected: "a terminal, or --auto-approve where nothing of it was ever deployed",
  });
}

/** The operator did not say that the stack is new. */
export function notPlanned(id: string, file: string): UserError {
  return new UserError({
    code: "not-planned",
    what: `${id} was not planned`,
    expected: "yes, where nothing of it was ever deployed",
    remedy: `Where it was: remove its block from ${file}, name its place, and flywheel register ${id}`,
  });
}

/** = */
export function stackNeeded(): UsageError {
  return new UsageError({ code: "usage", what: "a stack is needed", expected: "its id" });
}

/** A password that the server could not be given. */
export function passwordUnusable(why: string): UserError {
  return new UserError({
    code: "password-unusable",
    what: `this password cannot be used: ${why}`,
    expected: "one line, typed here or given by stdin",
    remedy: "--generate makes one and prints it once",
  });
}
