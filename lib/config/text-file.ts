import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { type Problem, messageOf } from "../errors";
import { controlCharacter, notUtf8, unreadable } from "./refusals";

/** What YAML and HCL allow nowhere in a file: control characters other than tab and line breaks. */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const control = /[\0-\x08\x0b\x0c\x0e-\x1f]/;

/** The text of a file that people write. A file that cannot be read or is not UTF-8 text is returned as problems, with their lines. */
export function readText(file: string): { text: string; problems: readonly Problem[] } {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    const why = messageOf(error);
    return { text: "", problems: [unreadable(file, why)] };
  }
  if (!isUtf8(bytes)) return { text: "", problems: [notUtf8({ file, line: firstBadLine(bytes) })] };
  const text = bytes.toString("utf8");
  return { text, problems: controlCharactersIn(file, text) };
}

/** The first control character of a text that stands in `file`, as a problem. */
export function controlCharactersIn(file: string, text: string): readonly Problem[] {
  const match = control.exec(text);
  if (match === null) return [];
  return [controlCharacter({ file, line: text.slice(0, match.index).split("\n").length }, match[0])];
}

function firstBadLine(bytes: Buffer): number {
  let line = 1;
  for (let start = 0; start <= bytes.length; line += 1) {
    const end = bytes.indexOf(0x0a, start);
    if (end < 0 || !isUtf8(bytes.subarray(start, end))) return line;
    start = end + 1;
  }
  return line;
}
