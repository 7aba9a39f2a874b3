import { Unknown, type Value, dynamicContent, isList, isMap } from "./values";

/** Equal in every detail but the representation of numbers and the type beside a dynamic value. Unknown equals nothing. */
export function same(left: Value, right: Value): boolean {
  if (left === right) return !(left instanceof Unknown);
  if (isNumber(left) && isNumber(right)) return left == right;
  const a = dynamicContent(left);
  const b = dynamicContent(right);
  if (a !== left || b !== right) return same(a, b);
  if (isList(a)) return isList(b) && a.length === b.length && a.every((value, index) => same(value, b[index] ?? null));
  if (!isMap(a) || !isMap(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && same(a[key] ?? null, b[key] ?? null));
}

/** What the SDK behind the real providers stores in place of nothing: "", an empty collection, 0 or false, and nothing itself. */
export function isZero(value: Value): boolean {
  return value === 0 || value === 0n || value === false || isEmpty(value);
}

/** Nothing, "" or an empty collection: a configuration that says this says as little as one that says nothing. */
export function isEmpty(value: Value): boolean {
  if (value === null || value === "") return true;
  if (isList(value)) return value.length === 0;
  return isMap(value) && Object.keys(value).length === 0;
}

/** Equal as a set of strings or numbers, in whatever order. */
export function sameSet(left: Value, right: Value): boolean {
  if (!isList(left) || !isList(right)) return same(left, right);
  return left.length === right.length && left.every((value) => right.some((other) => same(value, other)));
}

function isNumber(value: Value): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}
