import { z } from "zod";

/** The largest state that is accepted. */
export const stateSizeLimit = 64 * 1024 * 1024;

/** What the authority must know of a state: enough to refuse a wrong one. */
export interface StateSummary {
  readonly lineage: string;
  readonly serial: number;
  readonly size: number;
}

const identity = { lineage: z.string().min(1), serial: z.number().int().nonnegative() };
const plain = z.looseObject({ version: z.literal(4), ...identity });
// OpenTofu leaves lineage and serial readable beside the encrypted state, but no format version
// (opentofu 1.12 internal/encryption/base.go, basedata; internal/states/statefile/write.go).
const encrypted = z.looseObject({ encrypted_data: z.string(), encryption_version: z.string(), ...identity });
// A byte order mark stays in the text: no engine reads a state that begins with one.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The keys that decide here. The engines read them in any letter case, and the last one counts. */
const known = new Set(["version", "serial", "lineage", "encrypted_data", "encryption_version"]);
const folded = (key: string): string => key.toUpperCase().toLowerCase();

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/** The summary of a state file, or in one sentence why these bytes are none. */
export function summarizeState(bytes: Buffer): StateSummary | string {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(bytes));
  } catch {
    if (bytes.length === 0) return "it is empty";
    return bytes.subarray(0, 3).equals(byteOrderMark)
      ? "it begins with a byte order mark, which no engine reads"
      : "it is not JSON";
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "it is not a JSON object";
  const alias = Object.keys(value).find((key) => !known.has(key) && known.has(folded(key)));
  if (alias !== undefined)
    return `its key ${JSON.stringify(alias)} is "${folded(alias)}" to the engines, whatever else says so`;
  const isEncrypted = "encrypted_data" in value;
  const { data, error } = isEncrypted ? encrypted.safeParse(value) : plain.safeParse(value);
  if (data) return { lineage: data.lineage, serial: data.serial, size: bytes.length };
  return `its ${error.issues.map((issue) => issue.path.join(".")).join(", ")} is not what a ${isEncrypted ? "encrypted state" : "state of version 4"} has`;
}
