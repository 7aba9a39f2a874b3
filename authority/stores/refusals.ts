import { UserError } from "../../lib/errors";
import { type Source } from "../../lib/config/source";
import { StateRefusal } from "../refusals";
import { type CredentialNames } from "./http-credentials";
import { type StoreHints, StoreTimeout, StoreUnavailable } from "./object-store";

/** `state.s3` is missing. */
export function noBucket(file: string): UserError {
  return new UserError({
    code: "no-bucket",
    file,
    key: "state.s3",
    what: "`state.s3` is missing",
    expected: "state.s3 with at least endpoint and bucket",
  });
}

/** A field of `state.s3` names another bucket or server for each stack. */
export function manyBuckets(
  source: Source,
  field: "endpoint" | "bucket" | "region" | "prefix",
  value: string,
): UserError {
  return new UserError({
    code: "many-buckets",
    file: source.file,
    line: source.lineOf(["state", "s3", field]),
    key: `state.s3.${field}`,
    what: `state.s3.${field} is "${value}": a bucket for each stack or environment`,
    expected: "one bucket, where one server or one identity is to stand for all states",
    remedy: "Put {stack} and {env} into state.s3.key instead",
  });
}

/** An HTTP server gives something that is no state. */
export function answerIsNoState(description: string, summary: string): StateRefusal {
  return new StateRefusal("stored-state-unreadable", `${description} is not a state: ${summary}`);
}

/** An HTTP server accepted a state, and gives other bytes. */
export function servedReadBackDiffers(description: string): StateRefusal {
  return new StateRefusal(
    "read-back-differs",
    `${description} was accepted, but other bytes were read back`,
    "see what is there before anything else is written",
  );
}

/** An HTTP server that has no locks. */
export function noLocking({
  lockMethod,
  lockAddress,
  status,
  said,
}: {
  readonly lockMethod: string;
  readonly lockAddress: string;
  readonly status: number;
  readonly said: string;
}): UserError {
  return new UserError({
    code: "no-locking",
    what: `${lockMethod} ${lockAddress} answers ${status}${said}`,
    expected: "a server that locks: without a lock a state can't be moved safely",
    remedy:
      "Check lock_address and lock_method; where the server has no locking, nobody but you may use the state meanwhile",
  });
}

/** An HTTP server wants credentials, or others. */
export function notAllowed({
  location,
  said,
  failing,
  user,
  names,
}: {
  readonly location: string;
  readonly said: string;
  readonly failing: string;
  readonly user: string | undefined;
  /** The variables that the credentials were looked for in. */
  readonly names: CredentialNames;
}): UserError {
  return new UserError({
    code: "not-allowed",
    what: `${location} answers ${said}`,
    expected: `credentials that may ${failing === "cannot be read" ? "read" : "write"} this state`,
    remedy:
      user === undefined
        ? `Set ${names.user} and ${names.password}`
        : `${names.user} is ${user}: check it and ${names.password}`,
  });
}

/** An HTTP server's answer that is neither a state nor an outage. */
export function refusedByServer(description: string, failing: string, said: string): UserError {
  return new UserError({
    code: "refused-by-server",
    what: `${description} ${failing}: it answers ${said}`,
    expected: "200",
    remedy: "The server's own log says more. See what is there before anything else is done: flywheel status",
  });
}

/** An HTTP server is out, or cannot tell. */
export function stateUnavailable(
  description: string,
  failing: string,
  why: string,
  hints?: StoreHints,
): StoreUnavailable {
  return new StoreUnavailable(`${description} ${failing}`, why, "state-unavailable", hints);
}

/** The bucket has no identity, and one is expected. */
export function noIdentity(description: string, expected: string | undefined, identityKey: string): StoreUnavailable {
  return new StoreUnavailable(
    description,
    `it has no ${identityKey}, and state.s3.authority expects ${expected ?? ""}: a re-created bucket or the wrong endpoint`,
    "wrong-authority",
  );
}

/** The bucket's identity is another one. */
export function otherIdentity({
  description,
  expected,
  identityKey,
  found,
}: {
  readonly description: string;
  readonly expected: string | undefined;
  readonly identityKey: string;
  readonly found: string;
}): StoreUnavailable {
  return new StoreUnavailable(
    description,
    `its ${identityKey} says ${found}, and state.s3.authority expects ${expected ?? ""}: a re-created bucket or the wrong endpoint`,
    "wrong-authority",
  );
}

/** The bucket's identity cannot be read. */
export function identityUnreadable(description: string, identityKey: string): StoreUnavailable {
  return new StoreUnavailable(description, `its ${identityKey} is not readable`, "wrong-authority");
}

/** A state would be removed for good. */
export function bucketNotVersioned(description: string, key: string): StoreUnavailable {
  return new StoreUnavailable(
    description,
    `${key} is a state, and the bucket keeps no versions: removing it would be for good`,
    "bucket-not-versioned",
  );
}

/** The environment has no credentials for the bucket; `what` says what is missing. */
export function noCredentials(what: string): UserError {
  return new UserError({
    code: "no-credentials",
    what,
    expected: "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
    remedy: "The same names on a laptop and in CI; they are never written into a file of this repository",
  });
}

/** A Secret of the engines' kubernetes backend holds something else than a state. */
export function secretIsNoState(location: string, summary: string): StateRefusal {
  return new StateRefusal("stored-state-unreadable", `what is in ${location} is no state: ${summary}`);
}

/** The Lease is another version than the one that was read. */
export function lockChangedMeanwhile(location: string): StateRefusal {
  return new StateRefusal("state-changed-meanwhile", `the lock of ${location} changed meanwhile`);
}

/** A cluster does not let this user see the Secret. */
export function secretNotAllowed(
  description: string,
  status: number,
  { context, namespace }: { readonly context: string; readonly namespace: string },
): StoreUnavailable {
  return new StoreUnavailable(`${description} cannot be read`, `it answers ${status}`, "state-unavailable", {
    expected: "credentials that may read the Secret and the Lease",
    remedy: `kubectl --context ${context} auth can-i get secrets,leases -n ${namespace}`,
  });
}

/** A cluster is out, or what it gives cannot be read. */
export function secretUnavailable(description: string, why: string): StoreUnavailable {
  return new StoreUnavailable(`${description} cannot be read`, why, "state-unavailable");
}

/** The bucket is not there: never the same as one without a state. */
export const bucketGone: StoreHints = {
  expected: "the bucket: it is gone, or this is the wrong endpoint",
  remedy: "Change nothing; see docs/bucket-index-gone.md",
};

/** The store does not know the key, or not this secret of it. */
export const otherCredentials: StoreHints = {
  expected: "credentials that may read and write this bucket",
  remedy: "Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; then run this again",
};

/** What a place holds is no state. */
export const noStateThere: StoreHints = {
  expected: "a state of version 4, or nothing",
  remedy: "See what answers there; nothing is moved over it",
};

/** The store did not answer in time. Whether a mutation happened is unknown. */
export function storeTimeout(store: string, why: string): StoreTimeout {
  return new StoreTimeout(store, why);
}

/** The store knows who asks, and does not let him look: that says nothing about what is there. */
export function storeNotAllowed(store: string, why: string): StoreUnavailable {
  return new StoreUnavailable(store, why, "not-allowed", otherCredentials);
}

/** The store is out, or answers with an error. */
export function storeOut(store: string, why: string, hints?: StoreHints): StoreUnavailable {
  return new StoreUnavailable(store, why, "store-unavailable", hints);
}
