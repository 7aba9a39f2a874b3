import { isRecord } from "../../lib/config/kind";
import { parsedJson } from "../../lib/json";
import { sha256 } from "../../lib/sha256";
import { serialsIn, withLineage, withSerial } from "./serial-bytes";
import { summarizeState } from "./state-summary";

/**
 * What a stack's very first apply leaves where it could not even see whether there is a state already: one without a lineage, since engines
 * choose it after that look. Given one, with the serial that engines begin with, it is the state that they would have written. The
 * lineage follows from place and bytes, so that whoever repeats it gets the same state. Undefined where these bytes are anything else.
 */
export function firstState(bytes: Buffer, location: string): Buffer | undefined {
  const given = parsedJson(bytes.toString("utf8"));
  if (!isRecord(given) || "encrypted_data" in given || (given["lineage"] ?? "") !== "") return undefined;
  const { serial } = given;
  if (typeof serial !== "number" || serialsIn(bytes).length !== 1) return undefined;
  const whole = withLineage(withSerial(bytes, Math.max(serial, 1)), lineageOf(bytes, location));
  return typeof summarizeState(whole) === "string" ? undefined : whole;
}

/** A UUID of version 8 (RFC 9562): of our own making. */
function lineageOf(bytes: Buffer, location: string): string {
  const hash = sha256(`${location}\n${sha256(bytes)}`);
  const variant = "89ab".charAt(Number.parseInt(hash.charAt(16), 16) % 4);
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `${variant}${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join("-");
}
