import { s3Settings } from "../../config/backends/s3";
import { keyProblem } from "../../config/backends/object-key";
import { isRecord } from "../../config/kind";
import { comparableUrl, hasCredentials } from "../../config/url";
import { type Problem, refuseIfAny, refusal } from "../../errors";
import { type BackendFile, filesOfToday, replacedText, secretsIn } from "../backend-file";
import { type PlaceRequest } from "../family";
import { readFileOf } from "../file-of-flag";
import { flagPath } from "../flag";
import {
  incompletePlace,
  invalidBackendValue,
  noBucket,
  oneAddressForMany,
  secretInBackendFile,
  twoAddresses,
  unknownBackendKey,
  wrongBackendType,
  wrongKey,
} from "../refusals";
import { type S3Contract } from "./contract";

/** What is true in every backend block that is written here, so that a file may say nothing else. */
const alwaysTrue = [
  "use_path_style",
  "force_path_style",
  "skip_credentials_validation",
  "skip_region_validation",
  "skip_metadata_api_check",
  "skip_requesting_account_id",
] as const;

const texts = ["bucket", "key", "region", "endpoint"] as const;
const switches = ["use_lockfile", "skip_s3_checksum", ...alwaysTrue] as const;
const known: readonly string[] = ["bucket", "key", "region", "endpoints", ...switches];

/**
 * The place of a stack by today's backend files, for an organization.yaml without `state.s3`.
 * @throws UserError where no file gives it one, a file is for http, or two give it different ones.
 */
export async function s3OfToday(request: PlaceRequest): Promise<S3Contract> {
  const { configuration, stack, companions } = request;
  const { source } = configuration.organization;
  const { single, inFolder } = filesOfToday(request);
  if (single !== undefined && companions.length > 1) {
    const remedy = `Set state.s3 in ${source.file}`;
    throw oneAddressForMany("TOFU_BACKEND_CONFIG_FILE", stack.id, companions.length, remedy);
  }
  const [first, second] = await Promise.all(
    [single, inFolder].flatMap((file) => (file === undefined ? [] : [placeFrom(request, file)])),
  );
  if (first === undefined) throw noBucket(source, flagPath(configuration, stack), stack.id);
  if (second !== undefined && first.address !== second.address) throw twoAddresses(stack.id, first, second);
  return first.contract;
}

async function placeFrom(request: PlaceRequest, file: string) {
  const contract = s3FromFile(await readFileOf(request, "s3", file));
  const { bucket, key, endpoint } = contract;
  return { contract, origin: file, address: `s3://${bucket}/${key} at ${comparableUrl(endpoint)}` };
}

/**
 * What an S3 backend file says, as `state.s3` would: the lock is on where it does not say, which no engine's default is.
 * @throws UserError with everything that is wrong: a part of the place missing, credentials, anything this program would not pass on.
 */
function s3FromFile(backendFile: BackendFile): S3Contract {
  const { file, values, placeOf } = backendFile;
  const secrets = secretsIn(backendFile);
  const problems: Problem[] = [...secrets];
  const found: Record<string, string> = {};
  for (const [key, value] of Object.entries(values)) {
    if (secrets.some((secret) => secret.key === key)) continue;
    const place = placeOf(key);
    if (isOneOf(texts, key)) problems.push(...take(key, value));
    else if (key === "endpoints") {
      const s3 = isRecord(value) && Object.keys(value).every((name) => name === "s3") ? value["s3"] : undefined;
      problems.push(
        ...(s3 === undefined ? [wrongBackendType(place, '{ s3 = "https://..." }')] : take("endpoint", s3, place)),
      );
    } else if (!isOneOf(switches, key)) problems.push(unknownBackendKey(place, known));
    else if (typeof value !== "boolean") problems.push(wrongBackendType(place, "true or false"));
    else if (!value && isOneOf(alwaysTrue, key))
      problems.push(invalidBackendValue(place, "is false", "true, or no such line: it is true in every block here"));
  }

  function take(key: (typeof texts)[number], value: unknown, place = placeOf(key)): readonly Problem[] {
    if (typeof value !== "string") return [wrongBackendType(place, "a text in double quotes")];
    if (found[key] !== undefined && found[key] !== value)
      return [invalidBackendValue(place, "is named twice, differently", "one of endpoint and endpoints.s3")];
    found[key] = value;
    const replaced = replacedText(place, value);
    if (replaced.length > 0) return replaced;
    if (key === "endpoint" && hasCredentials(value)) return [secretInBackendFile(place)];
    if (key === "key") {
      const wrong = keyProblem(value);
      return wrong === undefined ? [] : [wrongKey(place, wrong)];
    }
    // What organization.yaml may say, less the placeholders: a file is for one stack.
    const checked = s3Settings.schema.shape[key].safeParse(value);
    if (checked.success && !(key === "bucket" && /[{}]/.test(value))) return [];
    const expected = { bucket: "the name of a bucket", region: "a region", endpoint: "a URL, http:// or https://" }[
      key
    ];
    return [invalidBackendValue(place, `is ${JSON.stringify(value)}`, expected)];
  }

  refuseIfAny(problems);
  const { bucket, key, endpoint, region = "us-east-1" } = found;
  if (bucket === undefined || key === undefined || endpoint === undefined)
    throw refusal([
      ...(bucket === undefined ? [incompletePlace(file, "bucket", 'bucket = "..."')] : []),
      ...(key === undefined ? [incompletePlace(file, "key", 'key = "..."')] : []),
      ...(endpoint === undefined ? [incompletePlace(file, "endpoints", 'endpoints = { s3 = "https://..." }')] : []),
    ]);
  return {
    type: "s3",
    endpoint,
    bucket,
    key,
    region,
    useLockfile: values["use_lockfile"] !== false,
    skipS3Checksum: values["skip_s3_checksum"] === true,
  };
}

function isOneOf<T extends string>(names: readonly T[], name: string): name is T {
  return names.some((one) => one === name);
}
