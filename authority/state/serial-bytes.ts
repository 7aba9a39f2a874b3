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

/** The same with another lineage; where the state has none, it stands first. @throws RangeError where it has two. */
export function withLineage(bytes: Buffer, lineage: string): Buffer {
  const [found, ...others] = valuesOf(bytes, "lineage");
  if (others.length > 0) throw new RangeError("a state has one top-level lineage");
  const text = JSON.stringify(lineage);
  const first = bytes.indexOf("{") + 1;
  const [start, end, written] =
    found === undefined ? [first, first, `"lineage":${text},`] : [found.start, found.end, text];
  return Buffer.concat([bytes.subarray(0, start), Buffer.from(written), bytes.subarray(end)]);
}

interface Place {
  readonly start: number;
  readonly end: number;
}

/** Where the values of all top-level keys `serial` stand. */
export function serialsIn(bytes: Buffer): readonly Place[] {
  return valuesOf(bytes, "serial");
}

/** Where the values of all top-level keys of this name stand; each is a number or a string. */
function valuesOf(bytes: Buffer, name: "serial" | "lineage"): readonly Place[] {
  const found: Place[] = [];
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
      if (key === name) found.push(name === "serial" ? numberAfter(bytes, at + 1) : stringAfter(bytes, at + 1));
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

function stringAfter(bytes: Buffer, from: number): Place {
  const start = bytes.indexOf(quote, from);
  return { start, end: endOfString(bytes, start) };
}

function numberAfter(bytes: Buffer, from: number): Place {
  const isNumber = (byte: number | undefined) => byte !== undefined && /[0-9.eE+-]/.test(String.fromCharCode(byte));
  let start = from;
  while (start < bytes.length && !isNumber(bytes[start])) start += 1;
  let end = start;
  while (isNumber(bytes[end])) end += 1;
  return { start, end };
}
