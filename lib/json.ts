/** The value of a JSON text; undefined where it is not JSON. Bytes are read as UTF-8. */
export function parsedJson(text: string | Buffer): unknown {
  try {
    return JSON.parse(text.toString()) as unknown;
  } catch {
    return undefined;
  }
}
