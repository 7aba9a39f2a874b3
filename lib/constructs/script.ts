import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../root";
import { shellQuoted } from "../text/shell";
import { literal } from "./escape";

/** A checked-in shell script of `lib/constructs/scripts/`, without its comments, literal for the engine. */
export function script(name: string): string {
  const text = readFileSync(join(repositoryRoot, "lib", "constructs", "scripts", `${name}.sh`), "utf8");
  return literal(
    text
      .split("\n")
      .filter((line) => !/^\s*#/.test(line))
      .join("\n"),
  );
}

/** As `script`, after assignments of `variables`, whose values may hold references. */
export function scriptWith(name: string, variables: Readonly<Record<string, string>>): string {
  return [...Object.entries(variables).map(([key, value]) => `${key}=${shellQuoted(value)}`), script(name)].join("\n");
}
