import { parse as parseToml } from "smol-toml";
import { parseAllDocuments } from "yaml";
import { isRecord } from "../../lib/config/kind";
import { parsedJson } from "../../lib/json";

/** The data that a text holds. */
export interface StructuredText {
  readonly format: "json" | "toml" | "yaml";
  readonly data: unknown;
}

/** The data of a text that is a JSON, TOML or YAML document with a mapping or a list in it; undefined for any other text. */
export function structuredText(text: string): StructuredText | undefined {
  const trimmed = text.trim();
  if (/^[{[]/.test(trimmed)) {
    const data = parsedJson(trimmed);
    if (isData(data)) return { format: "json", data };
  }
  if (trimmed.includes("=")) {
    const data = attempt(() => plain(parseToml(text)));
    if (isRecord(data) && Object.keys(data).length > 0) return { format: "toml", data };
  }
  if (trimmed.includes(":") || trimmed.startsWith("- ")) {
    const data = yamlData(text);
    if (isData(data)) return { format: "yaml", data };
  }
  return undefined;
}

/** The data of a YAML text: of its document, or the list of its documents where it has several; undefined for any other text. */
export function yamlData(text: string): unknown {
  const documents = parseAllDocuments(text, { prettyErrors: false, logLevel: "silent" });
  if (!Array.isArray(documents) || documents.some(({ errors }) => errors.length > 0)) return undefined;
  const data = attempt(() =>
    documents
      .map((document) => document.toJS({ maxAliasCount: 100 }) as unknown)
      .filter((value) => value !== null && value !== undefined),
  );
  if (data === undefined || !data.every(isData)) return undefined;
  return data.length === 1 ? data[0] : data;
}

/** Without TOML's own dates and times: as texts. */
function plain(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  return isRecord(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)])) : value;
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
