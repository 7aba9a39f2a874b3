import fc from "fast-check";
import { type VariableFact, type Values } from "./facts";
import { parseType, type VariableType } from "./variable-types";

/** What has a meaning of its own somewhere on the way: in YAML, JSON, HCL, TOML, a template, a shell. */
const peculiar = [
  "${",
  "%{",
  "$${",
  "}",
  "{{",
  "}}",
  '"',
  "'",
  "`",
  "\\",
  "\\n",
  "\n",
  "\r\n",
  "\t",
  "#",
  ": ",
  "- ",
  "&",
  "*",
  "!",
  "|",
  ">",
  "@",
  "%",
  ",",
  "=",
  "$(id)",
  ";",
  "<<EOF",
  "é",
  "日本",
  "🚀",
  "\u00a0",
  " ",
  "null",
  "true",
  "0",
  "1e3",
  "~",
];

/**
 * Any text that is not empty: odd characters, among ordinary ones. The engines keep texts in Unicode's form NFC. Without NUL, which no
 * environment variable can hold, and without the three characters that are line breaks to YAML 1.1 (Helm, the engines) and none to
 * YAML 1.2 (the library that reads the plans here).
 */
export const oddText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(...peculiar),
      fc.string({ unit: "grapheme", maxLength: 4 }),
      fc.stringMatching(/^[a-z]{1,5}$/),
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((parts) =>
    parts
      .join("")
      .normalize("NFC")
      .replaceAll(/[\0\u0085\u2028\u2029]/g, ""),
  )
  .filter((text) => text !== "");

/** Texts that some settings accept, right and almost right ones. */
const plausible = fc.constantFrom(
  "",
  "a",
  "name",
  "Bad_Name",
  "x".repeat(64),
  "500m",
  "1Gi",
  "1Ti",
  "0",
  "-1",
  "abc",
  "https://github.com/o",
  "http://h:80/p",
  "example.org",
  "a.b/c:1",
  "* * * * *",
  "7d",
  "none",
  "dind",
  "{}",
  "postgresql://u:p@h/d",
);

const anyNumber = fc.oneof(
  fc.integer({ min: -2, max: 30 }),
  fc.constantFrom(0, 1, 100, 443, 9999, 65_536, 1.5, Number.MAX_SAFE_INTEGER),
);

/** A value of a declared type, valid or not for the setting. */
function valueOf(type: VariableType): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case "string":
      return fc.oneof(oddText, plausible);
    case "number":
      return anyNumber;
    case "bool":
      return fc.boolean();
    case "list":
      return fc.array(valueOf(type.of), { maxLength: 3 });
    case "map":
      return fc.dictionary(fc.oneof(fc.stringMatching(/^[a-z]{1,8}$/), oddText), valueOf(type.of), { maxKeys: 3 });
    case "object": {
      const required = Object.entries(type.fields)
        .filter(([, { optional }]) => !optional)
        .map(([name]) => name);
      return fc.record(
        Object.fromEntries(Object.entries(type.fields).map(([name, field]) => [name, valueOf(field.type)])),
        { requiredKeys: required },
      );
    }
  }
}

const wrongType = fc.constantFrom<unknown>(null, true, 3, "text", [], [1], {}, { a: [] });

/** Settings to put on a base: a few of the declared variables, mostly of their types. */
export function randomSettings(variables: readonly VariableFact[]): fc.Arbitrary<Values> {
  const one = (variable: VariableFact) => {
    const typed = valueOf(parseType(variable.type));
    // The value of a secret is a text always: an environment variable.
    const value = variable.sensitive
      ? oddText
      : fc.oneof({ weight: 9, arbitrary: typed }, { weight: 1, arbitrary: wrongType });
    return value.map((given): [string, unknown] => [variable.name, given]);
  };
  return fc
    .subarray([...variables], { minLength: 1, maxLength: 5 })
    .chain((chosen) => fc.tuple(...chosen.map(one)).map((entries) => Object.fromEntries(entries) as Values));
}
