import { UserError } from "../../lib/errors";

/** The history has no version of that name. */
export function noSuchVersion(version: string, id: string): UserError {
  return new UserError({
    code: "no-such-version",
    what: `there is no version ${version} of the state of ${id}`,
    expected: "a version from the history",
    remedy: `See what is there: flywheel history ${id}`,
  });
}

/** The version is something else than a state. */
export function versionIsNoState(version: string, summary: string, id: string): UserError {
  return new UserError({
    code: "not-a-state",
    what: `version ${version} is no state: ${summary}`,
    expected: "a version that is one",
    remedy: `See what is there: flywheel history ${id}`,
  });
}

/** The version is of another state than the one that the ledger knows. */
export function versionNotOfLedger({
  version,
  lineage,
  knownLineage,
  id,
}: {
  readonly version: string;
  readonly lineage: string;
  readonly knownLineage: string;
  readonly id: string;
}): UserError {
  return new UserError({
    code: "lineage-not-in-ledger",
    what: `version ${version} has lineage ${lineage}, and the ledger says ${knownLineage}`,
    expected: "a version of the state that the ledger knows",
    remedy: `See what is there: flywheel history ${id}`,
  });
}

/** Which of its serials the version's own is, cannot be told. */
export function severalSerials(version: string, id: string): UserError {
  return new UserError({
    code: "not-a-state",
    what: `version ${version} has more than one serial`,
    expected: "a version that has one",
    remedy: `See what is there: flywheel history ${id}`,
  });
}

/** The version's serial can't be changed, since it is encrypted. */
export function versionEncrypted(version: string, id: string): UserError {
  return new UserError({
    code: "encrypted-state",
    what: `version ${version} is encrypted, and its serial is inside`,
    expected: "a plain state; the engine itself can push this one: tofu state push -force",
    remedy: `See what is there: flywheel history ${id}`,
  });
}

/** The version is of another state than the one that is there. */
export function versionOfAnother({
  version,
  lineage,
  currentLineage,
  id,
}: {
  readonly version: string;
  readonly lineage: string;
  readonly currentLineage: string;
  readonly id: string;
}): UserError {
  return new UserError({
    code: "lineage-changed",
    what: `version ${version} has lineage ${lineage}, and the state has ${currentLineage}`,
    expected: "a version of the same state",
    remedy: `See what is there: flywheel history ${id}`,
  });
}

/** Nothing is at the place, and by the ledger the state is elsewhere. */
export function stateIsElsewhere(location: string, knownLocation: string, id: string): UserError {
  return new UserError({
    code: "state-missing",
    what: `there is no state at ${location}, and the ledger says that it is at ${knownLocation}`,
    expected: "a place that the state has not left",
    remedy: `See what is there: flywheel history ${id}`,
  });
}
