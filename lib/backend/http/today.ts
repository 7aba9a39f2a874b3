import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { updateMethods } from "../../config/backends/http";
import { expectOneOf } from "../../config/nearest";
import { hasCredentials } from "../../config/url";
import { type Problem, refuseIfAny } from "../../errors";
import { parseHcl } from "../../hcl";
import { type BackendEnvironment } from "../family";
import { type GivenAddresses } from "./contract";
import { noBackendFile } from "../refusals";

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
    problems.push(...wrongValue(key, value).map((problem) => ({ ...problem, key: name })));
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

/** The file of a stack in TOFU_BACKEND_CONFIG_DIR: `<stack>-<env>.hcl`, or `<stack>.hcl` where only one environment has the stack. */
export function backendFileIn(
  folder: string,
  stateName: string,
  stack: string,
  onlyEnvironment: boolean,
): string | undefined {
  const names = onlyEnvironment ? [stateName, stack] : [stateName];
  return names.map((name) => join(folder, `${name}.hcl`)).find(existsSync);
}

/**
 * Reads a backend file as operators pass it to `init -backend-config`: flat HCL attributes.
 * @throws UserError with everything that is wrong: not HCL, no address, a password, anything this program would not pass on.
 */
export async function addressesFromFile(file: string): Promise<HttpAddresses> {
  if (!existsSync(file)) throw noBackendFile(file);
  const text = readFileSync(file, "utf8");
  const attributes = await parseHcl(file, text);
  const found: Record<string, string | number> = {};
  const problems: Problem[] = [];
  for (const [key, value] of Object.entries(attributes)) {
    // A user's name is no secret, but credentials have one source only: the environment.
    if (key === "username") continue;
    const line = text.split("\n").findIndex((row) => new RegExp(`^\\s*${key}\\b`).test(row)) + 1;
    const report = (problem: Problem) => problems.push({ file, ...(line > 0 ? { line } : {}), ...problem });
    if (key === "password") {
      report({
        key,
        code: "secret-in-file",
        what: "a password in a backend file",
        expected: "credentials in TF_HTTP_USERNAME and TF_HTTP_PASSWORD",
        remedy: "remove the line and rotate the password",
      });
    } else if (!isKey(key)) {
      report({
        key,
        code: "unknown-setting",
        what: `unknown key "${key}"`,
        expected: expectOneOf(`one of ${Object.keys(keys).join(", ")}`, key, Object.keys(keys)),
      });
    } else if (typeof value === "string" || typeof value === "number") {
      found[keys[key]] = key.startsWith("retry") ? Number(value) : String(value);
      wrongValue(key, String(value)).forEach(report);
    } else
      report({ key, code: "wrong-type", what: `"${key}" is not a plain value`, expected: "a text in double quotes" });
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
