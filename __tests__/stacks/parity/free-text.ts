import { type Deployment } from "./configuration";
import { readCases, readVariables, type FactCase, type Values } from "./facts";
import { refusalOf } from "./refusal";
import { parseType } from "./variable-types";
import { settingsSpecs } from "../../../lib/config/stacks";
import { type StackName } from "../../../lib/config/names";
import { type SecretSpec } from "../../../lib/config/settings";
import { isRecord } from "../../../lib/config/kind";

/** Where a text stands in a stack's settings: `["webauthn_rp_name"]`, `["environment_variables", "KEY"]`. */
export type TextPath = readonly string[];

/** A text and where to put it. */
export type PlacedText = readonly [TextPath, string];

/** The case of a stack that plans the most. */
export function richestCase(stack: string): FactCase {
  const [richest] = [...readCases(stack)].sort((a, b) => b.resources.length - a.resources.length);
  if (richest === undefined) throw new Error(`no case of ${stack}`);
  return richest;
}

/** Settings with texts put in. */
export function withTexts(variables: Values, texts: readonly PlacedText[]): Values {
  const copy = structuredClone(variables) as Record<string, unknown>; // plain data
  for (const [path, text] of texts) {
    const last = path.at(-1) ?? "";
    let at: Record<string, unknown> = copy;
    for (const step of path.slice(0, -1)) at = (at[step] ??= {}) as Record<string, unknown>; // a mapping by its declared type
    at[last] = text;
  }
  return copy;
}

/** Every place in a stack's settings that takes any text: found by trying. Secrets too, but those that are checked for a form. */
export async function freeTexts(stack: StackName, base: Values): Promise<readonly TextPath[]> {
  const tried = textPaths(stack, base).map((path) => [path, `a "b" \\ c: #\u00e9`] as const);
  return (await acceptedTexts(stack, base, tried)).map(([path]) => path);
}

/** Those of the texts that their settings accept together. */
export async function acceptedTexts(
  stack: string,
  base: Values,
  texts: readonly PlacedText[],
): Promise<readonly PlacedText[]> {
  const refusal = await refusalOf(deployment(stack, withTexts(base, texts)));
  if (refusal === undefined) return texts;
  const refused = refusal.problems.map(({ key }) => key ?? "");
  // A key may lead further than to the text, never less far.
  const kept = texts.filter(([path]) => !refused.some((key) => `${key}.`.startsWith(`${path.join(".")}.`)));
  if (kept.length === texts.length)
    throw new Error(`refused, and for none of the texts: ${refusal.problems.map(({ what }) => what).join("; ")}`);
  return acceptedTexts(stack, base, kept);
}

export function deployment(stack: string, variables: Values, environment = "dev"): Deployment {
  return { environment, stack, variables };
}

function textPaths(stack: StackName, base: Values): readonly TextPath[] {
  const secrets: Readonly<Record<string, SecretSpec>> = settingsSpecs[stack].secrets;
  return readVariables(stack).flatMap(({ name, type: text }): readonly TextPath[] => {
    if (secrets[name]?.validation !== undefined) return [];
    const type = parseType(text);
    if (type.kind === "string") return [[name]];
    if (type.kind !== "map") return [];
    if (type.of.kind === "string") return [[name, "KEY"]];
    if (type.of.kind !== "object") return [];
    const { fields } = type.of;
    const given = base[name];
    const texts = Object.keys(fields).filter((field) => fields[field]?.type.kind === "string");
    return (isRecord(given) ? Object.keys(given) : []).flatMap((key) => texts.map((field) => [name, key, field]));
  });
}
