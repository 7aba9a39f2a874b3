import { UserError } from "../lib/errors";

/** A file that no plan can start from. */
export function notAState(file: string, what: string): UserError {
  return new UserError({ code: "not-a-state", file, what, expected: "a state file, as `state pull` prints it" });
}

/** Where an engine's document was expected, something else was printed. No line that could belong to the document is repeated: it holds secrets. */
export function notAPlan(engine: string, printed: string): UserError {
  const [first = ""] = printed.split("\n", 1);
  const what =
    printed.trim() === ""
      ? "nothing"
      : /[{}[\]"]/.test(first)
        ? "something else"
        : `"${first.trim().slice(0, 80)}" first`;
  return new UserError({
    code: "not-a-plan",
    what: `\`${engine} show -json\` printed ${what}`,
    expected: "the plan as one JSON document, and nothing else on stdout",
    remedy: `Where ${engine} is a script around the engine: let it print its own lines to stderr. FLYWHEEL_ENGINE names another program`,
  });
}

/** A file that should have another version's schemas cannot be used. */
export function otherSchemaUnusable(file: string, what: string, known: readonly string[] = []): UserError {
  return new UserError({
    code: "schema-unusable",
    file,
    what,
    expected: `NAME-VERSION.json, as \`make schemas\` writes it${known.length === 0 ? "" : `, of one of ${known.join(", ")}`}`,
    remedy:
      "make schemas PROVIDER=hashicorp/kubernetes VERSION=2.39.0, where a registry or a mirror is reached: docs/upgrade.md",
  });
}
