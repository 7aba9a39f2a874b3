import { type ReleaseSet } from "@cdktf/provider-helm/lib/release";

/**
 * `set` entries in the language of Helm's --set (helm.sh, "The Format and Limitations of --set"): a comma ends a value, a brace begins
 * a list, a dot in a key goes a level down, and true, null and 5 are not texts.
 */

/** Helm's key for these steps: a dot within a step is part of its name. */
export function helmKey(...steps: readonly string[]): string {
  return steps.map((step) => step.replace(/[\\.,=[\]{}]/g, (sign) => `\\${sign}`)).join(".");
}

/** An entry that is a text to the chart, whatever it looks like. `value` holds no reference. */
export function helmText(name: string, value: string): ReleaseSet {
  const escaped = value.replace(/[\\,]|^\{/g, (sign) => `\\${sign}`);
  // Only where it is needed: the mark itself is a change to releases that are there.
  return looksLikeOtherType(value) ? { name, value: escaped, type: "string" } : { name, value: escaped };
}

/** Entries that are passed on as they are: numbers, switches, references. */
export function helmPlain(settings: Readonly<Record<string, string>>): ReleaseSet[] {
  return Object.entries(settings).map(([name, value]) => ({ name, value }));
}

/** What Helm's parser turns into a switch, null or a number. */
function looksLikeOtherType(value: string): boolean {
  return /^(?:true|false|null|0|[+-]\d+|[1-9]\d*)$/i.test(value);
}
