import { parseDocument } from "yaml";
import { readBackendFile, secretsIn } from "../../lib/backend/backend-file";
import { withFlag, written } from "../../lib/config/flag-file";
import { isRecord } from "../../lib/config/kind";
import { type StackKey, stateName } from "../../lib/config/names";
import { type Organization } from "../../lib/config/organization";
import { type Problem, refuseIfAny } from "../../lib/errors";
import { noPlace, otherPlace } from "./refusals";
import { type NotTaken } from "./settings";

/** A backend file, as what organization.yaml says of it. */
interface Place {
  readonly backend: "http" | "s3";
  /** Values by path below `state`. */
  readonly entries: readonly (readonly [path: readonly string[], value: unknown])[];
  readonly notTaken: readonly NotTaken[];
}

const httpKeys = ["address", "lock_address", "unlock_address", "lock_method", "unlock_method", "update_method"];
const alwaysSo =
  /^(use_path_style|force_path_style|skip_(credentials_validation|region_validation|metadata_api_check|requesting_account_id))$/;

/** Reads a backend file as `init -backend-config` takes it. @throws UserError for credentials in it, or no place. */
export async function readPlace(file: string, key: StackKey): Promise<Place> {
  const backendFile = await readBackendFile(file);
  refuseIfAny(secretsIn(backendFile));
  const { values } = backendFile;
  if (backendFile.kind === undefined) throw noPlace(file, "it names neither an address nor a bucket");
  return backendFile.kind === "http" ? httpPlace(values, key) : s3Place(file, values, key);
}

function httpPlace(values: Readonly<Record<string, unknown>>, key: StackKey): Place {
  const name = stateName(key);
  // One line serves every stack where the address has the state's name in it.
  const general = (value: unknown) => (typeof value === "string" ? value.replaceAll(name, "{stack}-{env}") : value);
  return {
    backend: "http",
    entries: httpKeys.filter((item) => item in values).map((item) => [["http", item], general(values[item])]),
    notTaken: Object.keys(values)
      .filter((item) => !httpKeys.includes(item))
      .map((item) => ({ name: item, why: item === "username" ? "it comes from TF_HTTP_USERNAME" : "no setting here" })),
  };
}

function s3Place(file: string, values: Readonly<Record<string, unknown>>, { stack, environment }: StackKey): Place {
  const { bucket, key, region, endpoint, endpoints, skip_s3_checksum: skip, use_lockfile: lock, ...rest } = values;
  const address = isRecord(endpoints) ? endpoints["s3"] : endpoint;
  if (typeof key !== "string" || typeof address !== "string")
    throw noPlace(file, `it names a bucket and no ${typeof key === "string" ? "endpoint" : "key"}`);
  return {
    backend: "s3",
    entries: [
      [["s3", "endpoint"], address],
      [["s3", "bucket"], bucket],
      [["s3", "region"], region ?? "us-east-1"],
      [["s3", "skip_s3_checksum"], skip === true],
      [["s3", "keys", stack, environment], key],
    ],
    notTaken: [
      ...(lock === false ? [{ name: "use_lockfile", why: "false is no lock: it is true here" }] : []),
      ...Object.keys(rest).map((name) => ({ name, why: alwaysSo.test(name) ? "always so here" : "no setting here" })),
    ],
  };
}

/** What organization.yaml means where it says nothing; a bucket that is described for the first time says what differs. */
const standard: Readonly<Record<string, unknown>> = { "s3.region": "us-east-1", "s3.skip_s3_checksum": false };

/** The text of organization.yaml with a place in it, comments kept. @throws UserError where it says something else already. */
export function withPlace(text: string, organization: Organization, key: StackKey, place: Place): string {
  const document = parseDocument(text);
  const { file } = organization.source;
  const isNew = document.getIn(["state", place.backend]) === undefined;
  const conflicts: Problem[] = [];
  for (const [path, value] of place.entries) {
    const usual = standard[path.join(".")];
    const there: unknown = document.getIn(["state", ...path]) ?? (isNew && value !== usual ? undefined : usual);
    if (there === undefined) document.setIn(["state", ...path], value);
    else if (there !== value) conflicts.push(otherPlace(file, `state.${path.join(".")}`, there, value));
  }
  refuseIfAny(conflicts);
  const environments = organization.clusters.map(({ name }) => name);
  return withFlag(written(text, document), key, place.backend, environments);
}
