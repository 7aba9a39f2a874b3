/**
 * Makes every text in `value` literal for the engine: `${` and `%{` in a setting are characters, not templates
 * (https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences). For settings only: a value that
 * holds references would lose them.
 */
export function literal<T>(value: T): T {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- only texts change, and only to texts
  return escape(value) as T;
}

function escape(value: unknown): unknown {
  if (typeof value === "string") return value.replace(/[$%](?=\{)/g, (sign) => sign + sign);
  if (Array.isArray(value)) return value.map(escape);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [String(escape(key)), escape(item)]));
  return value;
}
