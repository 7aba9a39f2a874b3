import { z } from "zod";
import { isRecord, kindOf } from "./kind";
import { missingSetting, unknownKey } from "./refusals";
import { expectOneOf } from "./nearest";
import { type Path } from "./source";

/** One thing that is wrong with a value, in an operator's words. */
interface Finding {
  readonly code: "unknown-setting" | "missing-setting" | "invalid-setting";
  /** Where: the key itself, also where it is one that should not be there. */
  readonly path: Path;
  readonly what: string;
  readonly expected: string;
}

/** What is wrong with `input` by its schema's issues. `at` is where `input` stands in its file. */
export function findingsOf(
  schema: z.core.$ZodType,
  issues: readonly z.core.$ZodIssue[],
  input: unknown,
  at: Path = [],
): readonly Finding[] {
  return issues.flatMap(meant).flatMap((issue): Finding[] => {
    const path = [...at, ...issue.path.map(step)];
    if (issue.code === "unrecognized_keys") {
      const known = keysAt(schema, issue.path);
      return issue.keys.map((key) => {
        const at = [...path, key];
        return { path: at, ...unknownKey(at, expectOneOf(issue.message, key, known)) };
      });
    }
    const value = valueAt(input, issue.path);
    const name = path.length === 0 ? "the file" : `"${path.join(".")}"`;
    const finding = describe(issue, value, name);
    if (value === undefined) return [{ path, ...missingSetting(name, finding.expected) }];
    return [{ ...finding, code: "invalid-setting", path }];
  });
}

function describe(issue: z.core.$ZodIssue, value: unknown, name: string): { what: string; expected: string } {
  const what = `${name} is ${shown(value)}`;
  switch (issue.code) {
    case "invalid_type":
      return { what, expected: typeWords(issue.expected, value) };
    case "invalid_value":
      return {
        what,
        expected: expectOneOf(`one of ${issue.values.map(String).join(", ")}`, String(value), issue.values.map(String)),
      };
    case "invalid_key":
      return {
        what: `${name} has a key that cannot be one`,
        expected: issue.issues.map((inner) => inner.message).join("; "),
      };
    case "custom":
    case "invalid_element":
    case "invalid_format":
    case "invalid_union":
    case "not_multiple_of":
    case "too_big":
    case "too_small":
    case "unrecognized_keys":
      return { what, expected: issue.message };
  }
}

/** The issues of a union's branch that the operator meant: one that the value's type fits, and never the one that is just "empty". */
function meant(issue: z.core.$ZodIssue): readonly z.core.$ZodIssue[] {
  if (issue.code !== "invalid_union") return [issue];
  const ofThisType = issue.errors.filter(
    (branch) =>
      !branch.some((inner) => inner.path.length === 0 && (inner.code === "invalid_type" || isEmptyLiteral(inner))),
  );
  const branch = ofThisType.at(-1) ?? issue.errors.at(-1) ?? [];
  return branch.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })).flatMap(meant);
}

function isEmptyLiteral(issue: z.core.$ZodIssue): boolean {
  return issue.code === "invalid_value" && issue.values.every((value) => value === "");
}

/** The keys that the mapping at `path` may have, as far as its schema names them. */
function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): readonly string[] {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional || schema instanceof z.ZodNullable)
    return keysAt(schema.unwrap(), path);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => keysAt(option, path));
  const [first, ...rest] = path;
  if (schema instanceof z.ZodObject) {
    const shape: Readonly<Record<string, z.core.$ZodType>> = schema.shape;
    if (first === undefined) return Object.keys(shape);
    const inner = shape[String(first)];
    return inner === undefined ? [] : keysAt(inner, rest);
  }
  if (first !== undefined && schema instanceof z.ZodRecord) return keysAt(schema.valueType, rest);
  if (first !== undefined && schema instanceof z.ZodArray) return keysAt(schema.element, rest);
  return [];
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (isRecord(value) || Array.isArray(value) ? Reflect.get(value, key) : undefined),
    input,
  );
}

function step(key: PropertyKey): string | number {
  return typeof key === "number" ? key : String(key);
}

function shown(value: unknown): string {
  if (value === "") return "empty";
  if (typeof value === "string") {
    // What may be a password in a URL is not repeated.
    const text = value.replace(/\/\/[^/?#\s]*@/g, "//...@");
    return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
  }
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return kindOf(value);
}

function typeWords(expected: string, value: unknown): string {
  const words: Readonly<Record<string, string>> = {
    string: "a text",
    number: "a number",
    int: "a whole number",
    boolean: "true or false",
    array: "a list",
    object: "a mapping",
    record: "a mapping",
  };
  const word = words[expected] ?? expected;
  const quotable = expected === "string" && (typeof value === "number" || typeof value === "boolean");
  return quotable ? `${word}: write it in quotes, "${String(value)}"` : word;
}
