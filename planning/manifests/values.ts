/** Numbers that the provider takes as texts. */
const numbers = new Set([
  "replicas",
  "ttl_seconds_after_finished",
  "run_as_user",
  "run_as_group",
  "fs_group",
  "toleration_seconds",
]);
/** A number or a name, a number or a percentage: a text to the provider. */
const numberOrText = new Set(["port", "target_port", "max_unavailable", "max_surge", "min_available"]);
/** Permissions, octal. */
const modes = new Set(["default_mode", "mode"]);

/** The API's value of a provider's attribute; undefined where the provider sends nothing: unset, or the empty text. */
export function apiValue(name: string, value: unknown): unknown {
  if (value === null || value === undefined || value === "") return undefined;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value;
  if (typeof value === "object") return Object.keys(value).length === 0 ? undefined : value;
  if (typeof value !== "string") return value;
  if (modes.has(name) && /^0?[0-7]{3,4}$/.test(value)) return Number.parseInt(value, 8);
  if ((numbers.has(name) || numberOrText.has(name)) && /^\d+$/.test(value)) return Number(value);
  return value;
}
