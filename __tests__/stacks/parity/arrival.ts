import { isRecord } from "../../../lib/config/kind";
import { shown } from "./difference";
import { structured } from "./structured";

/** A setting's plain marker, and the odd text that stands in its place in another plan. */
type Substitution = ReadonlyMap<string, string>;

/**
 * Where two plans differ in more than the substitution of odd texts for markers: there a text was harmed on its way. Looks into documents, base64 and
 * URLs. Not compared: checksums, and programs of our own (scripts, a Caddyfile), which quote texts by their own language's rules and
 * have tests of their own.
 */
export function harmed(marked: unknown, odd: unknown, substitution: Substitution, path = ""): readonly string[] {
  if (isRecord(marked) && isRecord(odd)) {
    const pairs = Object.entries(marked).map(([key, value]) => ({ key: substitute(key, substitution), value }));
    const extra = Object.keys(odd)
      .filter((key) => pairs.every((pair) => pair.key !== key))
      .map((key) => `${path}.${key}: not in the marked plan`);
    return [...extra, ...pairs.flatMap(({ key, value }) => harmed(value, odd[key], substitution, `${path}.${key}`))];
  }
  if (Array.isArray(marked) && Array.isArray(odd) && marked.length === odd.length) {
    return marked.flatMap((item: unknown, index) => harmed(item, odd[index], substitution, `${path}[${index}]`));
  }
  if (typeof marked === "string" && typeof odd === "string") return harmedText(marked, odd, substitution, path);
  return Object.is(marked, odd) ? [] : [report(path, marked, odd)];
}

function harmedText(marked: string, odd: string, substitution: Substitution, path: string): readonly string[] {
  if (path.includes("checksum/")) return [];
  if (substitute(marked, substitution) === odd) return [];
  const [a, b] = [structured(marked), structured(odd)];
  if (a !== undefined && b !== undefined && a.format === b.format)
    return harmed(a.data, b.data, substitution, `${path}<${a.format}>`);
  const decoded = fromBase64(marked);
  if (decoded !== undefined && mentions(decoded, substitution))
    return harmedText(decoded, fromBase64(odd) ?? odd, substitution, `${path}<base64>`);
  if (/^\w+:\/\//.test(marked) && substitute(marked, substitution, urlEncoded) === odd) return [];
  if (mentions(marked, substitution) && a === undefined && marked.trim().includes("\n")) return [];
  return [report(path, substitute(marked, substitution), odd)];
}

function substitute(
  text: string,
  substitution: Substitution,
  encode: (text: string) => string = (plain) => plain,
): string {
  return [...substitution].reduce((result, [marker, odd]) => result.replaceAll(marker, () => encode(odd)), text);
}

function mentions(text: string, substitution: Substitution): boolean {
  return [...substitution.keys()].some((marker) => text.includes(marker));
}

/** As Terraform's urlencode writes it: Go's url.QueryEscape, spaces as +. */
function urlEncoded(text: string): string {
  const strict = encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return strict.replaceAll("%20", "+");
}

function fromBase64(text: string): string | undefined {
  return /^[A-Za-z0-9+/]{4,}={0,2}$/.test(text) ? Buffer.from(text, "base64").toString() : undefined;
}

function report(path: string, expected: unknown, actual: unknown): string {
  return `${path}\n    expected ${shown(expected)}\n    actual   ${shown(actual)}`;
}
