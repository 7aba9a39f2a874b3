/**
 * cdktf writes references as texts and numbers of a special form, and puts the reference back wherever it meets that form again
 * (cdktf 0.21, lib/tokens/private/encoding.js). A setting of that form would read another variable, a secret's included. Not imported
 * from there, since nothing below lib/constructs may need cdktf; a test holds the two together.
 */

/** What every token of a text, a list or a map has in it, also where it is spread over two texts. */
const tokenMark = "TfToken[";

/** What cdktf looks at as a number inside a text. */
const numberInText = /[-|\d.+]+e[-|\d.eE+]+/g;

/** The first 16 bits of a number that stands for a reference, and of those next to it: people round what they copy. */
const numberTokenBits: readonly number[] = [0xfdff, 0xfdfe, 0xfbff, 0xfbfe];

/** Whether cdktf would take a text (a key or a value) or a number for a reference. */
export function looksLikeToken(value: unknown): boolean {
  if (typeof value === "number") return isNumberToken(value);
  if (typeof value !== "string") return false;
  return value.includes(tokenMark) || (value.match(numberInText) ?? []).some((text) => isNumberToken(parseFloat(text)));
}

function isNumberToken(value: number): boolean {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return numberTokenBits.includes(view.getUint16(0));
}
