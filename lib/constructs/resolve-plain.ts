/** Resolves one value as cdktf does, tokens and all. */
type Resolve = (value: unknown) => unknown;

/** A map of tokens, as cdktf writes it where texts or numbers are expected. */
const stands = new Set<unknown>(["String Map Token Value", "Any Map Token Value", -123456789]);

/** Deeper than this cdktf looks for cycles, and names them. */
const deepest = 100;

/**
 * What `Tokenization.resolve` makes of a value. That makes contexts and paths for each key, number and text, and most have no token in them:
 * only those that may have one, and what is no plain object or list, are given to `resolve`.
 */
export function resolvePlain(value: unknown, resolve: Resolve, depth = 0): unknown {
  if (depth > deepest) return resolve(value);
  if (typeof value === "string") return isPlainText(value) ? value : resolve(value);
  if (typeof value === "number") return isPlainNumber(value) ? value : resolve(value);
  if (typeof value === "function") return resolve(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return resolveList(value, resolve, depth);
  return isPlainObject(value) ? resolveObject(value, resolve, depth) : resolve(value);
}

function resolveList(list: readonly unknown[], resolve: Resolve, depth: number): unknown {
  // One text or number may be a whole list.
  if (
    list.some(
      (item) => (typeof item === "string" && !isPlainText(item)) || (typeof item === "number" && !isPlainNumber(item)),
    )
  )
    return resolve(list);
  return list.map((item) => resolvePlain(item, resolve, depth + 1)).filter((item) => item !== undefined);
}

function resolveObject(object: Readonly<Record<string, unknown>>, resolve: Resolve, depth: number): unknown {
  const keys = Object.keys(object);
  if (!keys.every(isPlainText)) return resolve(object);
  const result: Record<string, unknown> = {};
  for (const key of keys) {
    const value = resolvePlain(object[key], resolve, depth + 1);
    if (value !== undefined) result[key] = value;
  }
  return result;
}

function isPlainObject(value: object): value is Readonly<Record<string, unknown>> {
  return Object.getPrototypeOf(value) === Object.prototype && !("resolve" in value);
}

/** No token of a text, list or map, and nothing that could be one of a number. */
function isPlainText(text: string): boolean {
  return !text.includes("TfToken[") && !/[-|\d.+]e[-|\d.eE+]/.test(text) && !stands.has(text);
}

/** Tokens of numbers are beyond all numbers that anybody writes. */
function isPlainNumber(value: number): boolean {
  return Math.abs(value) < Number.MAX_SAFE_INTEGER && !stands.has(value);
}
