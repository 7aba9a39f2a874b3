import { parse as parseToml } from "smol-toml";
import { parseAllDocuments } from "yaml";
import { isRecord } from "../../lib/config/kind";

export interface Structured {
  readonly format: "json" | "toml" | "yaml";
  readonly data: unknown;
}

const known = new Map<string, Structured | undefined>();

/** The data in a text that is a JSON, TOML or YAML document (a mapping or a list), or undefined where it is none. */
export function structured(text: string): Structured | undefined {
  // The same texts are compared again and again, and parsing is what takes the time.
  if (!known.has(text)) known.set(text, parsed(text));
  return known.get(text);
}

function parsed(text: string): Structured | undefined {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  if (/^[{[]/.test(trimmed)) {
    const data = attempt(() => JSON.parse(trimmed) as unknown);
    if (isData(data)) return { format: "json", data };
  }
  if (trimmed.includes("\n") || trimmed.includes("=")) {
    const data = attempt(() => parseToml(text) as unknown);
    if (isRecord(data) && Object.keys(data).length > 0) return { format: "toml", data };
  }
  if (trimmed.includes(":") || trimmed.startsWith("- ")) {
    const data = yamlData(text);
    if (isData(data)) return { format: "yaml", data };
  }
  return undefined;
}

/** The data of a YAML text: of its document, or the list of its documents where it has several. */
export function yamlData(text: string): unknown {
  const documents = parseAllDocuments(text, { prettyErrors: false, logLevel: "silent" });
  if (!Array.isArray(documents) || documents.some(({ errors }) => errors.length > 0)) return undefined;
  const data = attempt(() => documents.map((document) => document.toJS() as unknown).filter((value) => value !== null && value !== undefined));
  if (data === undefined || !data.every(isData)) return undefined;
  return data.length === 1 ? data[0] : data;
}

/** Without mapping entries that are null: in YAML and JSON documents they say nothing. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== null).map(([key, item]) => [key, withoutNulls(item)]));
}

function isData(value: unknown): boolean {
  return isRecord(value) || Array.isArray(value);
}

function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined; // then it is no document of that kind
  }
}
