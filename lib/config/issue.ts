import { type z } from "zod";
import { expectOneOf } from "./nearest";
import { kindOf } from "./kind";

/** A zod issue in an operator's words: what is wrong with the value, and what was expected. */
export function describeIssue(issue: z.core.$ZodIssue | undefined, input: unknown): { what: string; expected: string } {
  if (issue === undefined) return { what: "is not valid", expected: "another value" };
  const value = valueAt(input, issue.path);
  const given = shown(value);
  switch (issue.code) {
    case "invalid_type":
      return { what: value === undefined ? "is missing" : `is ${given}`, expected: typeWords(issue.expected, value) };
    case "invalid_value":
      return { what: `is ${given}`, expected: expectOneOf(`one of ${issue.values.map(String).join(", ")}`, String(value), issue.values.map(String)) };
    case "unrecognized_keys":
      return { what: `has the unknown key "${issue.keys.join('", "')}"`, expected: issue.message };
    case "invalid_key":
      return { what: `has the key "${String(issue.path.at(-1))}"`, expected: issue.issues.map((inner) => inner.message).join("; ") };
    case "invalid_union":
      // Our unions are "empty, or this": the last branch is what the operator meant.
      return describeIssue(issue.errors.at(-1)?.[0], value);
    default:
      return { what: `is ${given}`, expected: issue.message };
  }
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, step) => (typeof value === "object" && value !== null ? Reflect.get(value, step) : undefined), input);
}

function shown(value: unknown): string {
  if (typeof value === "string") return value === "" ? "empty" : JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
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
