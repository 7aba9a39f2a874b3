import { UserError, messageOf } from "../lib/errors";
import { refusesChecksums } from "../lib/foreign-words";
import { type Freeze, type Lease, type Submission } from "./lease/schema";
import { describeLock, type LockInfo } from "./state/lock-info";
import { StoreUnavailable } from "./stores/object-store";

/** Why the authority said no. */
export type RefusalCode =
  | "locked"
  | "lock-needed"
  | "lock-id-missing"
  | "lock-info-invalid"
  | "lock-unreadable"
  | "state-invalid"
  | "state-too-large"
  | "lineage-changed"
  | "serial-lowered"
  | "serial-taken"
  | "state-changed-meanwhile"
  | "stored-state-unreadable"
  | "read-back-differs"
  | "lock-create-broken";

/** An operation on a state that the authority refused. Nothing was changed by it, unless the code is `read-back-differs`. */
export class StateRefusal extends UserError {
  constructor(
    readonly code: RefusalCode,
    what: string,
    remedy?: string,
    /** Who holds the lock, where that is the reason. */
    readonly holder?: LockInfo,
  ) {
    super({ code, what, remedy, ...(holder === undefined ? {} : { lock: holder.ID }) });
  }
}

/** A state is not there, and nothing explains it. Never to be read as "no state". */
export class StateVanished extends StoreUnavailable {}

/** `state-vanished`: the store says that it has no such object; `known` is what speaks against it. */
export function stateVanished(store: string, key: string, known: string): StateVanished {
  return new StateVanished(
    store,
    `${key} has vanished: it is not there, nobody removed it, and ${known}`,
    "state-vanished",
    {
      expected: "the state, or a delete marker that says that it was removed",
      remedy: "Apply nothing; see docs/bucket-index-gone.md",
    },
  );
}

/** `engine-cannot`: the engine itself can't do with the backend block what every other line says is possible. */
export function engineCannot(engine: string, what: string, said: string): UserError {
  return new UserError({
    code: "engine-cannot",
    what: `${engine} could not ${what}: ${said}`,
    expected: "the engine to lock, write and read back a state of its own there, as an apply does",
    remedy: refusesChecksums(said)
      ? "Where the server refuses the engine's checksum headers: state.s3.skip_s3_checksum: true"
      : "Apply nothing until it can",
  });
}

/** `engine-does-not-lock`: an apply ran while somebody else held the lock. */
export function engineDoesNotLock(engine: string): UserError {
  return new UserError({
    code: "engine-does-not-lock",
    what: `${engine} applied while somebody else held the lock`,
    expected: "an apply to be refused then: without that two of them write one state",
    remedy: "On s3: state.s3.use_lockfile: true. On http: a server that locks",
  });
}

/** `no-lock`: the contract has no lock at all. */
export function noLock(id: string, location: string): UserError {
  return new UserError({
    code: "no-lock",
    key: "state.s3.use_lockfile",
    what: `${id} is at ${location} without a lock: use_lockfile is false`,
    expected: "a lock: without one two applies write one state, and a held lock stops nobody",
    remedy: "Set state.s3.use_lockfile: true",
  });
}

/** Somebody else holds the lock. */
export function locked(key: string, holder: LockInfo): StateRefusal {
  return new StateRefusal("locked", `${key} is locked by ${describeLock(holder)}`, undefined, holder);
}

/** A server answers 200 with nothing in it where a state is expected. Many say "no state" so; it may as well be an outage. */
export function emptyAnswer(description: string): StoreUnavailable {
  return new StoreUnavailable(
    `${description} cannot be read`,
    "it answers 200 with nothing in it",
    "state-unavailable",
    {
      expected:
        "a state, or 404 where there is none: some servers say so that they have none, and an outage looks the same",
      remedy: [
        "Where a state should be there: see that server's log and its own copy; the address may be another name's",
        "Where nothing was ever deployed there: nothing is to be moved, and the stack can begin at the other place at once",
        "As the destination of a cutover such an answer is taken for empty, as the engines take it",
      ].join("\n"),
    },
  );
}

/** A mutation came with no lock held at all. */
export function lockNeeded(key: string): StateRefusal {
  return new StateRefusal(
    "lock-needed",
    `${key} is not locked, and it is only written under a lock`,
    "take the lock first: run without -lock=false; a lock that was broken by force is gone",
  );
}

/** The new state is of another lineage: most likely of another stack. */
export function lineageChanged(key: string, stored: string, given: string): StateRefusal {
  return new StateRefusal(
    "lineage-changed",
    `${key} has lineage ${stored}, and the new state has ${given}`,
    "this is the state of something else; see which directory or backend it came from",
  );
}

/** The new state is older than the stored one. */
export function serialLowered(key: string, stored: number, given: number): StateRefusal {
  return new StateRefusal(
    "serial-lowered",
    `${key} is at serial ${stored}, and the new state has ${given}`,
    "run plan again on the state as it is now",
  );
}

/** Two different states with one serial: two writers started from the same one. */
export function serialTaken(key: string, serial: number): StateRefusal {
  return new StateRefusal(
    "serial-taken",
    `${key} already has another state with serial ${serial}`,
    "somebody else wrote meanwhile; run plan again on the state as it is now",
  );
}

/** A file of --cert or --key can't be read. */
export function pemUnreadable(file: string, error: unknown): UserError {
  return new UserError({
    code: "no-pem",
    file,
    what: `cannot be read: ${messageOf(error)}`,
    expected: "a PEM file",
  });
}

/** --cert and --key are no certificate with its key. */
export function pemPairUnusable(certFile: string, keyFile: string, error: unknown): UserError {
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  const isOtherPair = code === "ERR_OSSL_X509_KEY_VALUES_MISMATCH";
  return new UserError({
    code: "pem-pair",
    file: certFile,
    what: isOtherPair
      ? `the key in ${keyFile} is not the one of this certificate`
      : `this and ${keyFile} cannot be used for TLS: ${messageOf(error)}`,
    expected:
      "a PEM certificate (its own first, then those that signed it) and the PEM key that belongs to it, without a passphrase",
    remedy: `See whether they belong together: openssl x509 -noout -pubkey -in ${certFile}; openssl pkey -pubout -in ${keyFile}`,
  });
}

/** A server sends us on to another origin, or from https to http. */
export function redirectRefused(place: string, origin: string): UserError {
  return new UserError({
    code: "redirect-refused",
    what: `${place} redirects to ${origin}: whoever is there would get the state`,
    expected: "an answer from the address that is configured, or a redirect on the same scheme, host and port",
    remedy:
      "Where that is the right place, say so in state.http.address, where it is reviewed; where it is not, find out who put it there",
  });
}

/** A file of root certificates that the environment names, and that is not there to read. */
export function unreadableCertificates(variable: string, file: string, error: unknown): UserError {
  return new UserError({
    code: "no-certificates",
    file,
    key: variable,
    what: `cannot be read: ${messageOf(error)}`,
    expected: `${variable} to name a PEM file of root certificates`,
  });
}

/** A client certificate without its key, or the other way round. */
export function halfAnIdentity(missing: "CERTIFICATE" | "PRIVATE_KEY"): UserError {
  return new UserError({
    code: "half-a-certificate",
    key: `TF_HTTP_CLIENT_${missing}_PEM`,
    what: `TF_HTTP_CLIENT_${missing}_PEM is not set, and its companion is`,
    expected: "a client certificate and its private key, both in PEM",
  });
}

/** The state is on somebody else's HTTP server, which tells none of its earlier states; the bucket has none, or a sealed copy. */
export function noHistory(id: string, location: string, bucket: "none" | "sealed copy"): UserError {
  const held = bucket === "none" ? "" : "; what the bucket holds is the sealed copy that a move left";
  return new UserError({
    code: "no-history",
    what: `${id} has no history: its state is at ${location}, and an HTTP server tells no earlier states${held}`,
    expected: "a state in the bucket of state.s3, also behind `flywheel serve`; a file store of `serve` with --dir",
    remedy: `Backups have earlier states: flywheel restore-drill ${id} --identity KEYFILE --keep FOLDER`,
  });
}

/** An object beside a state is not what it should be. */
export function recordUnreadable(place: string, what: string): UserError {
  return new UserError({
    code: "record-unreadable",
    what: `${place} cannot be read as ${what}`,
    expected: "what `flywheel` wrote there",
    remedy: "See who wrote it; a newer version of Flywheel may have: then use that one",
  });
}

/** Somebody else applies, or their run ended in the middle. */
export function leaseHeld(place: string, { who, host, since, phase, id }: Lease): UserError {
  return new UserError({
    code: "lease-held",
    what: `${place} is held by ${who} on ${host} since ${since} (${phase}, ${id})`,
    expected: "one apply at a time",
    remedy: "Wait for it, or, where its machine is gone, find out what it did: flywheel reconcile",
  });
}

/** The lease that this run took is another's by now, or nobody's. */
export function leaseLost(place: string, now: Lease | undefined): UserError {
  return new UserError({
    code: "lease-lost",
    what: `${place} is not held by this run any more: ${now === undefined ? "nobody holds it" : `${now.who} on ${now.host} does, since ${now.since}`}`,
    expected: "nobody to take a lease that is held",
    remedy: "See what is there before anything else is done: flywheel status",
  });
}

/** Nothing may be changed there now. */
export function frozen(place: string, { who, since, why, until }: Freeze): UserError {
  return new UserError({
    code: "frozen",
    what: `${place}: frozen by ${who} since ${since}${until === undefined ? "" : ` until ${until}`}: ${why}`,
    expected: "no freeze",
    remedy: "Talk to them. When it is over: flywheel thaw",
  });
}

/** All of it was destroyed, and the ledger says so: another plan would make everything anew. */
export function stateEnded(id: string, ledger: string, at: string): UserError {
  return new UserError({
    code: "state-ended",
    file: ledger,
    what: `${id} was destroyed on ${at.slice(0, 10)}, by the ledger`,
    expected: "a stack that is still there: a plan would make all of it anew, empty",
    remedy: `Remove its settings file, or its folder from state.folders (docs/retire.md). To begin anew: flywheel register ${id} --repair`,
  });
}

/** A plan is submitted once, whatever came of it. */
export function bundleSubmitted(place: string, before: Submission | undefined): UserError {
  const by = before === undefined ? "" : ` by ${before.who} on ${before.host} at ${before.at}: ${before.outcome}`;
  return new UserError({
    code: "bundle-submitted",
    what: `${place}: this bundle was submitted before${by}`,
    expected: "a bundle that was never submitted",
    remedy: "Plan again: flywheel plan ID --out NAME.flyplan",
  });
}

/** There is no lease, freeze or generation to be had for this state. */
export function noBesideHere(place: string): UserError {
  return new UserError({
    code: "nothing-beside",
    what: `${place}: this server keeps nothing beside a state, and there is no way to a bucket that does`,
    expected:
      "`flywheel serve` of today, or state.s3 with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment",
    remedy:
      "Lease, freeze and what was submitted would be on this machine alone, and so hold nobody else off. Move the state: docs/cutover.md",
  });
}

/** `nothing-beside`, where the state is a Secret: the engine's lock alone holds others off. */
export function nothingBesideSecret(place: string): UserError {
  return new UserError({
    code: "nothing-beside",
    what: `${place} is a Secret, and nothing lies beside one`,
    expected:
      "a state in a bucket or behind `flywheel serve`; here the engine's own lock, a Lease, is all that holds others off",
  });
}

/** `engine-alone-writes`: the state of the authority's own stack is the engine's to write. */
export function engineAloneWrites(location: string, what: string): UserError {
  return new UserError({
    code: "engine-alone-writes",
    what: `${location} is not ${what} by this command: its state is a Secret that the engine alone writes`,
    expected: "plan and apply for it, and nothing beside them",
    remedy: 'It can be made anew from what exists: docs/bootstrap.md, "The Secret is gone"',
  });
}

/** `no-kubeconfig`: the state is in a cluster, and nothing says how that is reached. */
export function noKubeconfigForState(location: string, context: string): UserError {
  return new UserError({
    code: "no-kubeconfig",
    what: `${location} is in the cluster of context ${context}, and no kubeconfig is named`,
    expected: "clusters[].kubeconfig, TF_VAR_k8s_config_path or KUBE_CONFIG_PATH",
  });
}

/** `no-namespace`: the Secret's namespace is missing, so an apply would fail when it takes its lock. */
export function noNamespace(namespace: string, context: string): UserError {
  return new UserError({
    code: "no-namespace",
    what: `the cluster of context ${context} has no namespace ${namespace}`,
    expected:
      "the namespace that state.kubernetes names: no stack makes it, since it holds the state of the one that would",
    remedy: `kubectl --context ${context} create namespace ${namespace}`,
  });
}

/** `not-movable`: a state that no flag moves. */
export function notMovable(id: string, location: string, what: string): UserError {
  return new UserError({
    code: "not-movable",
    what: `${id} has ${what}: its state is ${location}, a Secret of the cluster that no flag moves`,
    expected: "a stack whose state is behind the flag, on http or s3",
    remedy: "docs/bootstrap.md says what is kept of it, and how it is made anew",
  });
}
