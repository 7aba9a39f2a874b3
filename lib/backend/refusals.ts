import { type StackInstance } from "../config/load";
import { expectOneOf } from "../config/nearest";
import { type Source } from "../config/source";
import { type Problem, UserError } from "../errors";

/** `no-bucket`: the flag says s3, and there is none. */
export function noBucket(source: Source, flag: readonly string[], id: string): UserError {
  return new UserError({
    code: "no-bucket",
    file: source.file,
    line: source.lineOf(flag),
    key: flag.join("."),
    what: `${id} is on s3 and \`state.s3\` is missing`,
    expected: "state.s3 with at least endpoint and bucket",
    remedy: `Set it, or name today's backend file: TOFU_BACKEND_CONFIG_DIR (<stack>-<env>.hcl), or TOFU_BACKEND_CONFIG_FILE for one stack`,
  });
}

/** `two-kinds`: one backend file for two backends. */
export function twoKinds(file: string): UserError {
  return new UserError({
    code: "two-kinds",
    file,
    what: "it names an address and a bucket",
    expected: "an address, for http, or a bucket, for s3",
    remedy: "Remove the lines of the backend that its state is not on",
  });
}

/** `two-kinds`: the flag says one backend, the file of today is for the other. */
export function fileNotOfFlag(
  flag: FlagLine,
  id: string,
  chosen: string,
  { file, kind }: { readonly file: string; readonly kind: string },
): Problem {
  return {
    ...flag,
    code: "two-kinds",
    what: `${flag.key} puts ${id} on ${chosen}, and ${file} is a backend file for ${kind}`,
    expected: "a flag and a backend file of one kind",
    remedy: `Its state is where the file says: set ${flag.key} to ${kind}\nOr it is not: unset TOFU_BACKEND_CONFIG_FILE, or take the file out of TOFU_BACKEND_CONFIG_DIR`,
  };
}

/** `secret-in-file`: a credential in a backend file. */
export function secretInBackendFile(place: FileLine): Problem {
  return {
    ...place,
    code: "secret-in-file",
    what: `${place.key} in a backend file`,
    expected: "credentials in the environment only",
    remedy: "Remove the line and rotate the credential",
  };
}

/** `invalid-setting`: an expression, which the engines refuse in such a file, and would compute in the synthesized one. */
export function expressionInBackendFile(place: FileLine): Problem {
  return {
    ...place,
    code: "invalid-setting",
    what: `${place.key} holds an expression`,
    expected: "a plain value, as backend files have it",
  };
}

/** `unknown-setting`: a key of a backend file that would be lost. */
export function unknownBackendKey(place: FileLine, known: readonly string[]): Problem {
  return {
    ...place,
    code: "unknown-setting",
    what: `unknown key "${place.key}"`,
    expected: expectOneOf(`one of ${known.join(", ")}`, place.key, known),
  };
}

/** `wrong-type`: a value of another type. */
export function wrongBackendType(place: FileLine, expected: string): Problem {
  return { ...place, code: "wrong-type", what: `${place.key} is not ${expected}`, expected };
}

/** `invalid-setting`: a value of a backend file that cannot be one. */
export function invalidBackendValue(place: FileLine, what: string, expected: string): Problem {
  return { ...place, code: "invalid-setting", what: `${place.key} ${what}`, expected };
}

/** `no-bucket`: a backend file for s3 that does not name the whole place. */
export function incompletePlace(file: string, key: string, expected: string): Problem {
  return { code: "no-bucket", file, key, what: `no ${key} in a backend file for s3`, expected };
}

/** An attribute of a backend file. */
type FileLine = Required<Pick<Problem, "file" | "key">> & Pick<Problem, "line">;

/** `no-legacy-place`: a move from a place that configuration does not have. */
export function noLegacyPlace(file: string): UserError {
  return new UserError({
    code: "no-legacy-place",
    file,
    key: "state.legacy.gitlab",
    what: "`state.legacy.gitlab` is missing",
    expected: "its address, with {stack} and {env} in it",
  });
}

/** `unknown-placeholder`: braces that are neither {stack} nor {env}. */
export function unknownPlaceholder(
  source: Source,
  path: readonly string[],
  template: string,
  unknown: string,
): UserError {
  return new UserError({
    code: "unknown-placeholder",
    file: source.file,
    line: source.lineOf(path),
    key: path.join("."),
    what: `unknown placeholder "${unknown}" in "${template}"`,
    expected: "{stack} or {env}",
  });
}

/** `shared-state`: two stacks would get into each other's state. */
export function sharedState(owner: string, other: string, kind: string, place: string): Problem {
  return {
    code: "shared-state",
    what: `${owner} and ${other} resolve to the same ${kind}: ${place}`,
    expected: "a place of its own for every stack and environment",
    remedy: "Put {stack} and {env} into the address or key in organization.yaml",
  };
}

/** `lock-is-state`: the lock's request would write or delete the state. */
export function lockIsState(id: string, request: "lock" | "unlock", method: string): Problem {
  return {
    code: "lock-is-state",
    key: `${request}_address`,
    what: `${id} would ${request} by ${method} at the address of its state, which ${request === "lock" ? "overwrites" : "deletes"} the state`,
    expected: "a lock address of its own (default: <address>/lock), or the methods LOCK and UNLOCK",
  };
}

/** A line of organization.yaml: where the flag of a stack stands. */
type FlagLine = Required<Pick<Problem, "file" | "line" | "key">>;

/** `not-in-ledger`: a stack on a backend that needs an entry, and has none. */
export function notInLedger(
  flag: FlagLine,
  { id, stateName }: StackInstance,
  backend: string,
  location: string,
  ledgerFile: string,
): Problem {
  return {
    ...flag,
    code: "not-in-ledger",
    what: `${id} is on ${backend} and ${ledgerFile} has no entry for ${stateName}`,
    expected: `an entry that says that its state is at ${location}`,
    remedy: `Its state is still elsewhere: flywheel cutover ${id} --to ${backend}\nIt is there already: flywheel register ${id}\nNothing was ever deployed: flywheel register ${id} --new`,
  };
}

/** `not-where-ledger-says`: the flag was changed without a cutover. */
export function notWhereLedgerSays(
  flag: FlagLine,
  id: string,
  here: { readonly backend: string; readonly location: string },
  entry: { readonly backend: string; readonly location: string },
): Problem {
  return {
    ...flag,
    code: "not-where-ledger-says",
    what: `the flag puts the state of ${id} at ${here.location}, the ledger says ${entry.location}`,
    expected: "the place where the state is: planning at another one would plan to create everything",
    remedy: `Move it: flywheel cutover ${id} --to ${here.backend}\nOr set the flag back: ${flag.key}, to ${entry.backend}`,
  };
}

/**
 * The same code, where the place itself was changed and the flag was not. `setting` are the lines that name the old one, `by` the backend by
 * way of which a state gets elsewhere.
 */
export function placeChanged(
  flag: FlagLine,
  id: string,
  { location, recorded, setting, by }: Record<"location" | "recorded" | "setting", string> & { readonly by?: string },
): Problem {
  return {
    ...flag,
    code: "not-where-ledger-says",
    what: `configuration puts the state of ${id} at ${location}, the ledger says ${recorded}`,
    expected: "the place where the state is: planning at another one would plan to create everything",
    remedy: [
      `Name its place again: ${setting}`,
      by === undefined
        ? `Where it really goes elsewhere: docs/bootstrap.md, "Another place for the state"`
        : `To move it to the new place go by way of ${by}: docs/cutover.md, "Another key, bucket or address"`,
    ].join("\n"),
  };
}

/** `one-address-for-many`: a variable that has one address only, in a run of several stacks. */
export function oneAddressForMany(variable: string, id: string, count: number, remedy: string): UserError {
  return new UserError({
    code: "one-address-for-many",
    what: `${variable} gives one address, and ${id} is one of ${count} stacks that would share it`,
    expected: "an address of its own for every stack",
    remedy: `${remedy}, or TOFU_BACKEND_CONFIG_DIR with one file per stack`,
  });
}

/** `no-address`: nothing gives a stack on http an address. `folder` is TOFU_BACKEND_CONFIG_DIR. */
export function noAddress(
  { id, stateName }: StackInstance,
  organizationFile: string,
  folder: string | undefined,
): UserError {
  return new UserError({
    code: "no-address",
    file: organizationFile,
    key: "state.http.address",
    what:
      folder === undefined
        ? `${id} has no state address`
        : `${id} has no state address, and ${folder} has no ${stateName}.hcl`,
    expected: "an address that ends in the state's name",
    remedy: [
      "Any of these gives it one:",
      "  state.http.address in organization.yaml, such as https://state.example.org/state/{stack}-{env}",
      `  TOFU_BACKEND_CONFIG_DIR, a folder with ${stateName}.hcl (see config/backend.http.example.hcl)`,
      "  TOFU_BACKEND_CONFIG_FILE or TF_HTTP_ADDRESS, where the run has one stack only",
    ].join("\n"),
  });
}

/** An address, and what gave it. */
interface Given {
  readonly origin: string;
  readonly address: string;
}

/** `two-addresses`: two sources that disagree. */
export function twoAddresses(id: string, first: Given, other: Given): UserError {
  return new UserError({
    code: "two-addresses",
    what: `${first.origin} and ${other.origin} give ${id} two addresses: ${first.address} and ${other.address}`,
    expected: "one of them",
    remedy: `Unset the one that is wrong`,
  });
}

/** `no-backend-file`: a variable names a file that is not there. */
export function noBackendFile(file: string): UserError {
  return new UserError({
    code: "no-backend-file",
    file,
    what: "there is no such file",
    expected: "a backend file with `address = ...`, or with `bucket`, `key` and `endpoints`",
  });
}

/** `invalid-secret-suffix`: the engines would not take the Secret's name. */
export function secretSuffixRefused(at: FlagLine, id: string, problem: string): UserError {
  return new UserError({
    ...at,
    code: "invalid-secret-suffix",
    what: `the secret_suffix of ${id} ${problem}`,
    expected: "an end of a Secret's name that the engines take: short, and with no number after its last -",
    remedy: "Set state.kubernetes.secret_suffix to another text, such as {stack}-{env}-state",
  });
}

/** A key that the engines do not take. */
export function wrongKey(
  place: Required<Pick<Problem, "file" | "key">> & Pick<Problem, "line">,
  wrong: { readonly what: string; readonly expected: string },
): Problem {
  return { code: "invalid-key", ...place, ...wrong, what: `key ${wrong.what}` };
}
