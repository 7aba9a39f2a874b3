import { isDeepStrictEqual } from "node:util";
import { parse as parseToml } from "smol-toml";
import { parse as parseYaml } from "yaml";
import { isRecord } from "../../lib/config/kind";

/** Whether two texts are the same data in YAML, JSON or TOML, also where such texts stand in one another. */
export function sameData(before: unknown, after: unknown): boolean {
  if (typeof before !== "string" || typeof after !== "string") return false;
  const [a, b] = [dataOf(before), dataOf(after)];
  return isStructure(a) && isDeepStrictEqual(a, b);
}

function dataOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(dataOf);
  if (isRecord(value)) return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, dataOf(inner)]));
  if (typeof value !== "string" || !value.includes("\n")) return value;
  const data = parsed(value);
  return isStructure(data) ? dataOf(data) : value;
}

function parsed(text: string): unknown {
  // TOML first: some of it is YAML as well, and means less there.
  for (const parse of [(toml: string): unknown => parseToml(toml), (yaml: string): unknown => parseYaml(yaml)]) {
    try {
      const data = parse(text);
      // A plain object: TOML's have no prototype, which would make equal data unequal.
      if (isStructure(data)) return JSON.parse(JSON.stringify(data)) as unknown;
    } catch {
      // not this language
    }
  }
  return undefined;
}

function isStructure(value: unknown): boolean {
  return isRecord(value) || Array.isArray(value);
}
