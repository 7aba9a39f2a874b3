import { randomBytes, randomInt } from "node:crypto";

import { type Filler } from "./apply";
import { type ValueMap, textOf } from "./values";

/**
 * `random` is the one provider that replay need not imitate: it has no outside. Passwords, strings and ids are as random as the
 * real ones. Not computed is `bcrypt_hash`, which needs bcrypt: it is null.
 */
const SETS = {
  upper: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
  lower: "abcdefghijklmnopqrstuvwxyz",
  numeric: "0123456789",
  special: "!@#$%&*()-_=+[]{}<>:?",
} as const;
type SetName = keyof typeof SETS;
const SET_NAMES: readonly SetName[] = ["upper", "lower", "numeric", "special"];

/** Values for a planned `random_password` or `random_string`. */
export function randomTextFiller(type: string, planned: ValueMap): Filler {
  const result = randomText(planned);
  return ({ name }) => {
    if (name === "result") return result;
    if (name === "id") return type === "random_password" ? "none" : result;
    if (name === "bcrypt_hash") return null;
    if (name === "number") return enabled(planned, "numeric");
    return isSetName(name) ? enabled(planned, name) : undefined;
  };
}

/** Values for a planned `random_id`: the same bytes in four notations. The prefix stands before all but the id. */
export function randomIdFiller(planned: ValueMap): Filler {
  const bytes = randomBytes(Number(planned["byte_length"] ?? 0));
  const prefix = textOf(planned["prefix"]);
  const url = bytes.toString("base64url");
  const hex = bytes.toString("hex");
  return ({ name }) => {
    if (name === "id") return url;
    if (name === "b64_url") return prefix + url;
    if (name === "b64_std") return prefix + bytes.toString("base64");
    if (name === "hex") return prefix + hex;
    return name === "dec" ? prefix + BigInt(`0x${hex || "0"}`).toString() : undefined;
  };
}

/** The id of a `null_resource`: a random number of up to 19 digits. */
export function nullResourceId(): string {
  return (randomBytes(8).readBigUInt64BE() >> 1n).toString();
}

/**
 * A text of `length` characters out of the enabled sets, with at least `min_upper`, `min_lower`, `min_numeric` and `min_special`
 * of each, in random order.
 */
export function randomText(settings: ValueMap): string {
  const alphabet = (name: SetName): string =>
    name === "special" ? textOf(settings["override_special"]) || SETS.special : SETS[name];
  const all = SET_NAMES.filter((name) => enabled(settings, name))
    .map(alphabet)
    .join("");
  const characters = SET_NAMES.flatMap((name) => pick(alphabet(name), Number(settings[`min_${name}`] ?? 0)));
  characters.push(...pick(all, Number(settings["length"] ?? 0) - characters.length));
  return shuffle(characters).join("");
}

function pick(alphabet: string, count: number): string[] {
  return alphabet === ""
    ? []
    : Array.from({ length: Math.max(0, count) || 0 }, () => alphabet.charAt(randomInt(alphabet.length)));
}

function shuffle(items: string[]): string[] {
  const left = [...items];
  return items.map(() => left.splice(randomInt(left.length), 1)[0] ?? "");
}

/** A set is used unless it is switched off. `number` is the old name of `numeric`. */
function enabled(settings: ValueMap, name: SetName): boolean {
  return settings[name] !== false && !(name === "numeric" && settings["number"] === false);
}

function isSetName(name: string): name is SetName {
  return name in SETS;
}

/** Makes `number`, the deprecated name, and `numeric` say the same, as the real provider's plan does. */
export function withNumeric(config: ValueMap): ValueMap {
  const { number = null, numeric = null } = config;
  return numeric === null && number !== null ? { ...config, numeric: number } : config;
}
