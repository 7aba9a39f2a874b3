import { updateMethods } from "../../config/backends/http";
import { tokenInFile } from "../../config/refusals";
import { looksLikeToken } from "../../config/token";
import { hasCredentials } from "../../config/url";
import { type Problem, refuseIfAny } from "../../errors";
import { type BackendFile, replacedText, secretsIn } from "../backend-file";
import { type BackendEnvironment } from "../family";
import { unknownBackendKey, wrongBackendType } from "../refusals";
import { type GivenAddresses } from "./contract";

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
  if (key.startsWith("retry"))
    return /^\d+$/.test(value)
      ? []
      : [{ code: "invalid-setting", key, what: `${key} is "${value}"`, expected: "a whole number from 0" }];
  if (key === "update_method")
    return updateMethods.some((method) => method === value)
      ? []
      : [
          {
            code: "invalid-setting",
            key,
            what: `${key} is "${value}"`,
            expected: `one of ${updateMethods.join(", ")}`,
          },
        ];
  if (key.endsWith("method"))
    return /^[A-Z]+$/.test(value)
      ? []
      : [{ code: "invalid-setting", key, what: `${key} is "${value}"`, expected: "an HTTP method in capitals" }];
  if (hasCredentials(value)) {
    return [
      {
        code: "secret-in-file",
        key,
        what: `${key} holds a user or a password`,
        expected: "an address alone; credentials are TF_HTTP_USERNAME and TF_HTTP_PASSWORD",
      },
    ];
  }
  if (/[$%]\{/.test(value))
    return [
      {
        code: "invalid-setting",
        key,
        what: `${key} holds an expression`,
        expected: "an address alone, without ${ or %{",
      },
    ];
  if (value.includes("#"))
    return [
      {
        code: "invalid-setting",
        key,
        what: `${key} has a # in it`,
        expected: "an address without one: what follows it never reaches a server",
      },
    ];
  return /^https?:\/\/[^\s]+$/.test(value)
    ? []
    : [
        {
          code: key === "address" ? "no-address" : "invalid-setting",
          key,
          what: `no usable \`${key}\``,
          expected: `${key} = "https://..."`,
        },
      ];
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
  if (address === undefined && problems.length === 0)
    problems.push({
      code: "no-address",
      file,
      key: "address",
      what: "no usable `address`",
      expected: 'address = "https://..."',
    });
  refuseIfAny(problems);
  return { ...found, address: String(address), origin: file };
}

function isKey(key: string): key is keyof typeof keys {
  return Object.hasOwn(keys, key);
}
