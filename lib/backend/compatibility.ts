import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Problem, UserError } from "../errors";
import { expectOneOf } from "../config/nearest";
import { type HttpContract } from "./contract";

/** The environment variables that today's contract takes its HTTP addresses from. */
export type BackendEnvironment = Readonly<Record<string, string | undefined>>;

/** What an HTTP backend file or TF_HTTP_* may say. */
export interface HttpAddresses extends Partial<Omit<HttpContract, "type">> {
  readonly address: string;
  /** Where it was read from, for errors. */
  readonly origin: string;
}

const keys = {
  address: "address",
  lock_address: "lockAddress",
  unlock_address: "unlockAddress",
  lock_method: "lockMethod",
  unlock_method: "unlockMethod",
  retry_max: "retryMax",
  retry_wait_min: "retryWaitMin",
  retry_wait_max: "retryWaitMax",
} as const;

/** TF_HTTP_ADDRESS and its companions, as the engines' http backend reads them; undefined where the address is not set. */
export function addressesFromVariables(environment: BackendEnvironment): HttpAddresses | undefined {
  const address = environment["TF_HTTP_ADDRESS"];
  if (address === undefined || address === "") return undefined;
  const named = Object.fromEntries(
    Object.entries(keys).flatMap(([key, property]) => {
      const value = environment[`TF_HTTP_${key.toUpperCase()}`];
      return value === undefined || value === "" ? [] : [[property, key.startsWith("retry") ? Number(value) : value]];
    }),
  );
  return { ...named, address, origin: "TF_HTTP_ADDRESS" };
}

/** The file of a stack in TOFU_BACKEND_CONFIG_DIR: `<stack>-<env>.hcl`, or `<stack>.hcl` where only one environment has the stack. */
export function backendFileIn(folder: string, stateName: string, stack: string, onlyEnvironment: boolean): string | undefined {
  const names = onlyEnvironment ? [stateName, stack] : [stateName];
  return names.map((name) => join(folder, `${name}.hcl`)).find(existsSync);
}

/**
 * Reads a backend file as operators pass it to `init -backend-config`: flat HCL attributes.
 * @throws UserError where it is not HCL, lacks the address, holds a password or anything this program would not pass on.
 */
export async function addressesFromFile(file: string): Promise<HttpAddresses> {
  const refuse = (problem: Omit<Problem, "file">): never => {
    throw new UserError({ file, ...problem });
  };
  if (!existsSync(file)) refuse({ code: "no-backend-file", what: "there is no such file", expected: "an HTTP backend file with `address = ...`" });
  const text = readFileSync(file, "utf8");
  const attributes = await parseHcl(file, text);
  const found: Record<string, string | number> = {};
  for (const [key, value] of Object.entries(attributes)) {
    const line = text.split("\n").findIndex((row) => row.trimStart().startsWith(key)) + 1;
    const place = { key, ...(line > 0 ? { line } : {}) };
    if (key === "password") {
      refuse({ ...place, code: "secret-in-file", what: "a password in a backend file", expected: "credentials in TF_HTTP_USERNAME and TF_HTTP_PASSWORD", remedy: "remove the line and rotate the password" });
    }
    // A user's name is no secret, but credentials have one source only: the environment.
    if (key === "username") continue;
    if (!isKey(key)) {
      refuse({ ...place, code: "unknown-setting", what: `unknown key "${key}"`, expected: expectOneOf(`one of ${Object.keys(keys).join(", ")}`, key, Object.keys(keys)) });
    } else if (typeof value === "string" || typeof value === "number") {
      found[keys[key]] = key.startsWith("retry") ? Number(value) : String(value);
    } else {
      refuse({ ...place, code: "wrong-type", what: `"${key}" is not a plain value`, expected: "a text in double quotes" });
    }
  }
  const address = found["address"];
  if (typeof address !== "string" || !/^https?:\/\//.test(address)) {
    return refuse({ code: "no-address", key: "address", what: "no usable `address`", expected: 'address = "https://..."' });
  }
  return { ...found, address, origin: file };
}

function isKey(key: string): key is keyof typeof keys {
  return key in keys;
}

async function parseHcl(file: string, text: string): Promise<Readonly<Record<string, unknown>>> {
  // A megabyte of WebAssembly: loaded only where such a file is in use.
  const { parse } = await import("@cdktf/hcl2json");
  try {
    return (await parse(file.replace(/\.hcl$/, ".tf"), text)) as Readonly<Record<string, unknown>>; // typed as any there
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new UserError({ code: "hcl-syntax", file, what: (message.split("\n")[0] ?? message).trim(), expected: 'HCL attributes such as address = "https://..."' });
  }
}
