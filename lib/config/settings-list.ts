import { z } from "zod";
import { type StackName } from "./names";
import { settingsSpecOf } from "./stacks";

/** One setting as an operator looks it up. */
export interface ListedSetting {
  readonly name: string;
  readonly type: string;
  /** Absent where there is none: the setting is required, or just not there. */
  readonly default?: unknown;
  readonly required: boolean;
  readonly secret: boolean;
  /** What a value must be beyond its type. */
  readonly rule?: string;
  /** Other names that are taken for it. */
  readonly aliases?: readonly string[];
}

/** The JSON Schema of a part of a settings file, as far as it is used here. */
interface Schema {
  readonly [key: string]: unknown;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly items?: Schema;
}

/** Every setting and secret of a stack, the secrets last. */
export function listSettings(stack: StackName): readonly ListedSetting[] {
  const spec = settingsSpecOf(stack);
  const settings = Object.entries(spec.fields).map(([name, type]): ListedSetting => {
    const schema = schemaOf(type);
    const aliases = Object.keys(spec.aliases).filter((alias) => spec.aliases[alias] === name);
    const rule = [ruleOf(type, schema), ...(spec.unused.includes(name) ? ["accepted, read nowhere"] : [])]
      .filter(Boolean)
      .join("; ");
    return {
      name,
      type: typeOf(schema),
      ...("default" in schema ? { default: schema.default } : {}),
      required: !type.safeParse(undefined).success,
      secret: false,
      ...(rule === "" ? {} : { rule }),
      ...(aliases.length === 0 ? {} : { aliases }),
    };
  });
  const secrets = Object.entries(spec.secrets).map(([name, { required, validation }]): ListedSetting => ({
    name,
    type: "text",
    required,
    secret: true,
    ...(validation === undefined ? {} : { rule: validation.message }),
  }));
  return [...settings, ...secrets];
}

/** The JSON Schema of a stack's settings file, for editors: types, values and names; rules between settings are synth's. */
export function settingsSchema(stack: StackName): object {
  const spec = settingsSpecOf(stack);
  const properties = Object.entries(spec.fields).map(([name, type]) => [name, schemaOf(type)] as const);
  const aliases = Object.entries(spec.aliases).map(
    ([alias, name]) => [alias, schemaOf(spec.fields[name] ?? z.never())] as const,
  );
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: `Settings of ${stack}`,
    type: "object",
    additionalProperties: false,
    required: Object.keys(spec.fields).filter((name) => spec.fields[name]?.safeParse(undefined).success === false),
    properties: {
      ...Object.fromEntries([...properties, ...aliases]),
      secrets: { type: "array", uniqueItems: true, items: { enum: Object.keys(spec.secrets) } },
    },
  };
}

function schemaOf(type: z.ZodType): Schema {
  const { $schema, ...schema } = z.toJSONSchema(type, { io: "input", unrepresentable: "any" });
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- zod has a type of its own for any JSON Schema
  return schema as Schema;
}

function typeOf(schema: Schema): string {
  if (schema.enum !== undefined) return schema.enum.map(String).join(" | ");
  if (schema.anyOf !== undefined)
    return [...new Set(schema.anyOf.map(typeOf))].filter((text) => text !== '""').join(" | ") || "text";
  if (schema["const"] !== undefined) return JSON.stringify(schema["const"]);
  if (schema.type === "array") return `list of ${typeOf(schema.items ?? {})}`;
  const words: Readonly<Record<string, string>> = {
    string: "text",
    number: "number",
    integer: "whole number",
    boolean: "true or false",
    object: "mapping",
  };
  return words[schema.type ?? ""] ?? "any";
}

/** What operators are told when they break a setting's rule; empty where any value of the type will do. */
function ruleOf(type: z.ZodType, schema: Schema): string {
  if (schema.type === "boolean") return messageFor(type, true) || messageFor(type, false);
  const parts = schema.anyOf ?? [schema];
  const isText = parts.some((part) => part.type === "string");
  const bounds = ["pattern", "minimum", "maximum", "exclusiveMinimum"];
  if (!parts.some((part) => bounds.some((bound) => bound in part))) return "";
  return messageFor(type, isText ? "\n" : -1);
}

/** The last message for a value that breaks a rule: it says the most. */
function messageFor(type: z.ZodType, wrong: unknown): string {
  const issue = type.safeParse(wrong).error?.issues.at(-1);
  if (issue?.code !== "invalid_union") return issue?.message ?? "";
  return issue.errors.flat().find(({ code }) => code !== "invalid_value")?.message ?? "";
}
