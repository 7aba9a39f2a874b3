import { updateMethods } from "../../config/backends/http";
import { tokenInFile } from "../../config/refusals";
import { looksLikeToken } from "../../config/token";
import { hasCredentials } from "../../config/url";
import { type Problem, refuseIfAny } from "../../errors";
import { type BackendFile, replacedText, secretsIn } from "../backend-file";
import { type BackendEnvironment } from "../family";
import { unknownBackendKey, wrongBackendType } from "../refusals";
import { type GivenAddresses } from "./contract";
import {
  notAWholeNumber,
  notAnUpdateMethod,
  notAMethod,
  secretInAddress,
  expressionInAddress,
  fragmentInAddress,
  notAnAddress,
  noUsableAddress,
} from "./refusals";

/** What an HTTP backend file or TF_HTTP_* may say. */
export type HttpAddresses = GivenAddresses & {
  /** Where it was read from, for errors. */
  readonly origin: string;
};

const keys = {
  address: "address",
  lock_address: "lockAddress",
  unlock_address: "unlockAddress",
  lock_method: "lockMethod",
  unlock_method: "unlockMethod",
  update_method: "updateMethod",
  retry_max: "retryMax",
  retry_wait_min: "retryWaitMin",
  retry_wait_max: "retryWaitMax",
} as const;

/** The variables that only feed synth: what the engine reads is the synthesized backend block. */
export const variablesForSynth: readonly string[] = [
  ...Object.keys(keys).map((key) => `TF_HTTP_${key.toUpperCase()}`),
  "TOFU_BACKEND_CONFIG_FILE",
  "TOFU_BACKEND_CONFIG_DIR",
];

/**
 * TF_HTTP_ADDRESS and its companions, as the engines' http backend reads them; undefined where the address is not set.
 * @throws UserError for a value that is no address, method or number.
 */
export function addressesFromVariables(environment: BackendEnvironment): HttpAddresses | undefined {
  const address = environment["TF_HTTP_ADDRESS"];
  if (address === undefined || address === "") return undefined;
  const found: Record<string, string | number> = {};
  const problems: Problem[] = [];
  for (const [key, property] of Object.entries(keys)) {
    const name = `TF_HTTP_${key.toUpperCase()}`;
    const value = environment[name];
    if (value === undefined || value === "") continue;
    found[property] = key.startsWith("retry") ? Number(value) : value;
    if (looksLikeToken(value)) problems.push(tokenInFile({ key: name }));
    else problems.push(...wrongValue(key, value).map((problem) => ({ ...problem, key: name })));
  }
  refuseIfAny(problems);
  return { ...found, address, origin: "TF_HTTP_ADDRESS" };
}

/** What is wrong with a value, if anything. Addresses go into the synthesized JSON, so none may hold a password; it is not repeated. */
function wrongValue(key: string, value: string): Omit<Problem, "file">[] {
  if (key.startsWith("retry")) return /^\d+$/.test(value) ? [] : [notAWholeNumber(key, value)];
  if (key === "update_method")
    return updateMethods.some((method) => method === value) ? [] : [notAnUpdateMethod(key, value)];
  if (key.endsWith("method")) return /^[A-Z]+$/.test(value) ? [] : [notAMethod(key, value)];
  if (hasCredentials(value)) {
    return [secretInAddress(key)];
  }
  if (/[$%]\{/.test(value)) return [expressionInAddress(key)];
  if (value.includes("#")) return [fragmentInAddress(key)];
  return /^https?:\/\/[^\s]+$/.test(value) ? [] : [key === "address" ? noUsableAddress() : notAnAddress(key)];
}

/**
 * What an HTTP backend file says.
 * @throws UserError with everything that is wrong: no address, a password, anything this program would not pass on.
 */
export function addressesFromFile(backendFile: BackendFile): HttpAddresses {
  const { file, values, placeOf } = backendFile;
  const found: Record<string, string | number> = {};
  const secrets = secretsIn(backendFile);
  const problems: Problem[] = [...secrets];
  for (const [key, value] of Object.entries(values)) {
    // A user's name is no secret, but credentials have one source only: the environment.
    if (key === "username" || secrets.some((secret) => secret.key === key)) continue;
    const place = placeOf(key);
    if (!isKey(key)) problems.push(unknownBackendKey(place, Object.keys(keys)));
    else if (typeof value === "string" || typeof value === "number") {
      found[keys[key]] = key.startsWith("retry") ? Number(value) : String(value);
      const replaced = replacedText(place, value);
      problems.push(
        ...(replaced.length > 0
          ? replaced
          : wrongValue(key, String(value)).map((problem) => ({ ...place, ...problem }))),
      );
    } else problems.push(wrongBackendType(place, "a text in double quotes"));
  }
  const address = found["address"];
  if (address === undefined && problems.length === 0) problems.push({ file, ...noUsableAddress() });
  refuseIfAny(problems);
  return { ...found, address: String(address), origin: file };
}

function isKey(key: string): key is keyof typeof keys {
  return Object.hasOwn(keys, key);
}
