import { type Problem, refuseIfAny, refusal } from "../../lib/errors";
import { isRecord } from "../../lib/config/kind";
import { readText } from "../../lib/config/text-file";
import { looksLikeToken } from "../../lib/config/token";
import { parseHcl } from "../../lib/hcl";
import { noExpression, noVariableFile } from "./refusals";

/** The variables of several files, the later ones winning, as the engines read them; and the file that each one came from. */
export async function readVariables(
  files: readonly string[],
): Promise<ReadonlyMap<string, { readonly value: unknown; readonly file: string }>> {
  const found = new Map<string, { value: unknown; file: string }>();
  for (const file of files) {
    const { text, problems } = readText(file);
    refuseIfAny(problems);
    const values: unknown = file.endsWith(".json") ? parseJson(file, text) : await parseHcl(file, text);
    if (!isRecord(values)) throw noVariableFile(file);
    for (const [name, value] of Object.entries(values))
      found.set(name, { value: file.endsWith(".json") ? value : literalOf(file, name, value), file });
  }
  return found;
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // What the parser says repeats what stands there, a secret perhaps.
    throw noVariableFile(file);
  }
}

/** What stands in HCL as a value; the parser hands over escapes as they are typed, and anything that is no plain value as `${...}`. */
function literalOf(file: string, name: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => literalOf(file, name, item));
  if (isRecord(value))
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, literalOf(file, name, item)]));
  if (typeof value !== "string") return value;
  const negative = /^\$\{(-[\d.]+)\}$/.exec(value)?.[1];
  if (negative !== undefined) return Number(negative);
  const problem: Problem = noExpression(file, name);
  if (/(?<![$])\$\{|(?<!%)%\{/.test(value) || looksLikeToken(value)) throw refusal(problem);
  return value.replace(/\$\$\{/g, "${").replace(/%%\{/g, "%{");
}
