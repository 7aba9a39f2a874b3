/**
 * What nobody sees, or what changes how the text around it is read: control, format and bidirectional characters, what fonts may leave
 * out (Default_Ignorable_Code_Point, private and unassigned code points, halves of characters), line separators, every space but the
 * common one, and the four signs that are drawn blank. All by Unicode's own properties but these four.
 */
const unseen =
  /[\p{C}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\p{Zl}\p{Zp}\u2800\ufffc\u{1d159}]|\u{16fe4}|(?! )\p{Zs}/u;

/** More marks on one letter than any language writes: they reach into the lines above and below. */
const stackedMark = /(?<=\p{M}{4})\p{M}/u;

const hidden = new RegExp(`${unseen.source}|${stackedMark.source}`, "gu");
const hiddenWithinLines = new RegExp(`(?!\n)(?:${unseen.source})|${stackedMark.source}`, "gu");

const shortNames: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * The text with every character that is not seen written out, `\u202e` or `\u{e0100}`. Nothing is taken away, and what was visible stays
 * as it is, so doing it twice changes nothing.
 */
export function visible(text: string, lines: "one line" | "keep line ends" = "one line"): string {
  return text.replace(lines === "one line" ? hidden : hiddenWithinLines, escaped);
}

/** One character as its escape: `\n`, `\u202e`, `\u{e0100}`. */
export function escaped(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return shortNames[character] ?? (code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`);
}

/** Whether a character is one that nobody sees. */
export function isUnseen(character: string): boolean {
  return unseen.test(character);
}
