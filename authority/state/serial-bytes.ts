/**
 * The bytes of a state with another serial: only the digits of the top-level `serial` are others. Numbers that JavaScript cannot hold,
 * the order of keys and the white space stay as they are. The bytes are JSON with one such number (`summarizeState` has said so).
 * @throws RangeError where they have none, or two.
 */
export function withSerial(bytes: Buffer, serial: number): Buffer {
  const [found, ...others] = serialsIn(bytes);
  if (found === undefined || others.length > 0) throw new RangeError("a state has one top-level serial");
  return Buffer.concat([bytes.subarray(0, found.start), Buffer.from(String(serial)), bytes.subarray(found.end)]);
}

/** Where the values of all top-level keys `serial` stand. */
export function serialsIn(bytes: Buffer): readonly { readonly start: number; readonly end: number }[] {
  const found: { start: number; end: number }[] = [];
  let depth = 0;
  // Of the top-level object: what the last string was, and whether it stood where a key stands.
  let key: string | undefined;
  let isKeyNext = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === quote) {
      const end = endOfString(bytes, at);
      if (depth === 1 && isKeyNext) key = String(JSON.parse(bytes.toString("utf8", at, end)));
      at = end - 1;
    } else if (byte === openObject || byte === openArray) {
      depth += 1;
      isKeyNext = depth === 1;
    } else if (byte === closeObject || byte === closeArray) depth -= 1;
    else if (depth === 1 && byte === comma) isKeyNext = true;
    else if (depth === 1 && byte === colon) {
      isKeyNext = false;
      if (key === "serial") found.push(numberAfter(bytes, at + 1));
    }
  }
  return found;
}

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a];
const [openObject, closeObject, openArray, closeArray] = [0x7b, 0x7d, 0x5b, 0x5d];

/** The index after the closing quote. No byte of a character of more than one byte looks like a quote. */
function endOfString(bytes: Buffer, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
  return at + 1;
}

function numberAfter(bytes: Buffer, from: number): { start: number; end: number } {
  const isNumber = (byte: number | undefined) => byte !== undefined && /[0-9.eE+-]/.test(String.fromCharCode(byte));
  let start = from;
  while (start < bytes.length && !isNumber(bytes[start])) start += 1;
  let end = start;
  while (isNumber(bytes[end])) end += 1;
  return { start, end };
}
