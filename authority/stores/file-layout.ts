import { join } from "node:path";
import { assertKey } from "./object-store";
import { sha256 } from "../../lib/sha256";

/**
 * The folder that holds a key's versions: `<root>/objects/<segment>/<segment>/@`.
 *
 * Different keys have different folders, also on file systems that ignore case or normalise Unicode, and no key leads out of
 * the root: whatever is not a lower-case letter, a digit, `_`, `-` or an inner `.` is percent-encoded. `@` is therefore never a
 * segment, so that `a` and `a/b` can both be keys. An empty segment is `%`; one too long for a file name ends in `%h` and a
 * hash, and neither can come from percent-encoding.
 */
export function versionsFolder(root: string, key: string): string {
  assertKey(key);
  return join(root, "objects", ...key.split("/").map(encodeSegment), "@");
}

function encodeSegment(segment: string): string {
  if (segment === "") return "%";
  let encoded = "";
  for (const byte of Buffer.from(segment, "utf8")) {
    const character = String.fromCharCode(byte);
    const plain = /[a-z0-9_-]/.test(character) || (character === "." && encoded !== "");
    encoded += plain ? character : `%${byte.toString(16).padStart(2, "0")}`;
  }
  if (encoded.length <= 200) return encoded;
  return `${encoded.slice(0, 100)}%h${sha256(segment)}`;
}

/** What a folder of versions holds: plain numbers are versions, `pruned-<n>` says that all up to n may be gone. */
export interface Listing {
  /** Ascending. */
  readonly versions: readonly number[];
  /** The highest version, 0 where there is none. */
  readonly top: number;
  /** The highest number that a pruner has given up, 0 where nothing was pruned. */
  readonly pruned: number;
}

/** Reads a listing out of a folder's names; foreign names are passed over. */
export function parseListing(names: readonly string[]): Listing {
  const versions = numbers(names, /^([1-9][0-9]*)$/);
  return { versions, top: versions.at(-1) ?? 0, pruned: numbers(names, /^pruned-([1-9][0-9]*)$/).at(-1) ?? 0 };
}

function numbers(names: readonly string[], pattern: RegExp): number[] {
  return names.flatMap((name) => pattern.exec(name)?.slice(1, 2).map(Number) ?? []).sort((a, b) => a - b);
}
