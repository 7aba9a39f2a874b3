import { type LedgerEntry } from "../../lib/config/ledger";
import { UserError } from "../../lib/errors";

/** The bucket is not the one that the configuration names. */
export function otherBucket(found: string | undefined, authority: string): UserError {
  return new UserError({
    code: "wrong-authority",
    what: `the bucket is ${found ?? "without identity"}, and state.s3.authority is ${authority}`,
    expected: "the same bucket as ever: this one was re-created, or the endpoint is another server's",
    remedy: "Change nothing; see docs/bucket-index-gone.md",
  });
}

/** The bucket keeps no earlier states. */
export function versioningOff(status: string | undefined): UserError {
  return new UserError({
    code: "versioning-off",
    what: `versioning is ${status ?? "off"}`,
    expected: "on: without it a lost state stays lost",
    remedy: "Switch it on for the bucket (put-bucket-versioning)",
  });
}

/** The check's own object has other bytes than were written, or is not there. */
export function notReadBack(): UserError {
  return new UserError({
    code: "not-read-back",
    what: "what was written was not read back",
    expected: "the same bytes",
  });
}

/** The check's own object is there after its removal. */
export function notRemoved(): UserError {
  return new UserError({ code: "not-removed", what: "what was removed is still there", expected: "nothing" });
}

/** Not exactly one of several simultaneous creates succeeded. */
export function lockRace(winners: number, writers: number): UserError {
  return new UserError({
    code: "lock-race",
    what: `${winners} of ${writers} simultaneous conditional creates succeeded`,
    expected: "exactly one: this server does not heed If-None-Match, so two applies would run at once",
    remedy: "Do not keep state on it with use_lockfile",
  });
}

/** A create replaced an object that was there. */
export function lockNotExclusive(): UserError {
  return new UserError({
    code: "lock-not-exclusive",
    what: "a conditional create replaced an object that is there",
    expected: "412",
  });
}

/** A lock that was given back can't be taken again, because a delete marker is in its place. */
export function deleteMarkerBlocksLock(): UserError {
  return new UserError({
    code: "delete-marker-blocks-lock",
    what: "after a lock was given back it cannot be taken again: this server counts the delete marker of a versioned bucket as an object",
    expected: "a create after a delete to work; here the first apply is the last one",
    remedy: "Use another server, or a version of it without this fault (RustFS issue 1610)",
  });
}

/** A lock that was given back can't be taken again. */
export function lockNotTakenAgain(): UserError {
  return new UserError({
    code: "lock-create-broken",
    what: "after a lock was given back it cannot be taken again",
    expected: "a create after a delete to work",
  });
}

/** What was just written is not there. */
export function notThere(): UserError {
  return new UserError({
    code: "not-read-back",
    what: "what was just written is not there",
    expected: "it to be read back",
  });
}

/** A stale write succeeded. */
export function ifMatchIgnored(): UserError {
  return new UserError({
    code: "if-match-ignored",
    what: "a write with the wrong If-Match succeeded",
    expected: "412: without it two writers overwrite each other",
  });
}

/** A fresh write was refused. */
export function ifMatchBroken(): UserError {
  return new UserError({
    code: "if-match-broken",
    what: "a write with the right If-Match was refused",
    expected: "it to succeed",
  });
}

/** Both places have a state, and nothing says which one was left. */
export function twoLiveCopies({
  serial,
  location,
  thereSerial,
  otherLocation,
  id,
}: {
  readonly serial: number | undefined;
  readonly location: string;
  readonly thereSerial: number;
  readonly otherLocation: string;
  readonly id: string;
}): UserError {
  return new UserError({
    code: "two-live-copies",
    what: `the state is in two places, and neither is sealed: serial ${serial ?? "none"} at ${location}, serial ${thereSerial} at ${otherLocation}`,
    expected: "one live place",
    remedy: `See who wrote where before anything is applied: flywheel status ${id}, flywheel history ${id}`,
  });
}

/** The state is older than its newest backup. */
export function serialBehindBackup(serial: number, backupSerial: number): UserError {
  return new UserError({
    code: "serial-behind-backup",
    what: `serial ${serial}, and the newest backup has ${backupSerial}`,
    expected: "at least that: something newer was lost",
    remedy: "See docs/restore-older-state.md",
  });
}

/** The ledger knows a state, and nothing is at its place. */
export function stateLost(where: string, ledgerEntry: LedgerEntry): UserError {
  return new UserError({
    code: "state-missing",
    what: `there is no state at ${where}, and the ledger knows one: serial ${ledgerEntry.serial}, lineage ${ledgerEntry.lineage}`,
    expected: "the state: that it is gone is an outage, not a beginning",
    remedy: "Apply nothing; see docs/bucket-index-gone.md",
  });
}

/** The state has addresses that the program would destroy, since it does not know them. */
export function unknownInState(unknown: readonly string[], id: string): UserError {
  return new UserError({
    code: "unknown-in-state",
    what: `the state has what this program does not know: ${unknown.join(", ")}`,
    expected: "only known addresses: a deploy would destroy the others",
    remedy: `Declare them, or forget them without destroying: state.release.${id} in organization.yaml`,
  });
}

/** The state is not the one that the ledger knows. */
export function otherLineage(lineage: string, ledgerEntryLineage: string): UserError {
  return new UserError({
    code: "lineage-not-in-ledger",
    what: `lineage ${lineage}, and the ledger says ${ledgerEntryLineage}`,
    expected: "the lineage that the ledger knows: this is another state",
  });
}

/** The state is older than the ledger. */
export function serialBehindLedger(serial: number, ledgerEntrySerial: number): UserError {
  return new UserError({
    code: "serial-behind-ledger",
    what: `serial ${serial}, and the ledger knows ${ledgerEntrySerial}`,
    expected: "at least that: something newer was lost",
    remedy: "See docs/restore-older-state.md",
  });
}

/** Credentials that should only read can write. */
export function mayWrite(place: string): UserError {
  return new UserError({
    code: "may-write",
    what: `these credentials may write ${place}`,
    expected: "a reader's: they are given to the code of pull requests",
    remedy: "A user of the server with role read, or a policy of the bucket without PutObject: docs/ci.md",
  });
}

/** Whether they can is not to be found out without risk to a state. */
export function mayWriteUnknown(): UserError {
  return new UserError({
    code: "may-write",
    what: "whether these credentials may write cannot be told here",
    expected: "a bucket, or a server of ours: they refuse what changes nothing where it is not refused",
    remedy: "flywheel serve in front of the states, with a user of role read",
  });
}

/** A file or folder that is to go into a collection can't be read. */
export function cannotCollect(file: string, why: string): UserError {
  return new UserError({
    code: "cannot-collect",
    file,
    what: `cannot be read: ${why}`,
    expected: "what is to be kept before the store is restarted",
    remedy: "Leave it out: the rest is worth having",
  });
}

/** The file that a collection is to go into is there already. */
export function collectedBefore(file: string): UserError {
  return new UserError({
    code: "collected-before",
    file,
    what: "is there already",
    expected: "a new file: what was seen before is not written over",
  });
}
