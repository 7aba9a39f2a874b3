import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryRoot } from "../../../lib/root";
import { planningCode } from "../../../planning/difference/planning-code";

const folder = mkdtempSync(join(tmpdir(), "planning-code-"));
for (const part of ["lib", "planning", "package-lock.json", "tsconfig.json"])
  cpSync(join(repositoryRoot, part), join(folder, part), { recursive: true });
afterAll(() => rmSync(folder, { recursive: true }));

const here = planningCode(repositoryRoot);

/** The digest with one file changed. */
function changed(file: string, change: (text: string) => string): string | undefined {
  const path = join(folder, file);
  const before = readFileSync(path, "utf8");
  const after = change(before);
  if (after === before) throw new Error(`nothing to change in ${file}`);
  writeFileSync(path, after);
  try {
    return planningCode(folder);
  } finally {
    writeFileSync(path, before);
  }
}

test("it is the same wherever the sources lie", () => {
  expect(here).toMatch(/^[0-9a-f]{64}$/);
  expect(planningCode(folder)).toBe(here);
});

test.each([
  ["a comment in it", "planning/replay/provider.ts"],
  ["another function of a file that it uses", "lib/errors.ts"],
  ["a stack's settings", "lib/config/stacks/attic.ts"],
  ["a construct", "lib/constructs/hpa.ts"],
  ["how differences are told", "planning/difference/lines.ts"],
])("the same with %s changed", (what, file) => {
  const more = what.startsWith("a comment")
    ? "// nothing\n"
    : "export const nothing = (): string => `${Date.now()}`;\n";
  expect(changed(file, (text) => `${text}${more}`)).toBe(here);
});

test.each([
  [
    "what a provider answers",
    "planning/replay/provider.ts",
    "return writeAnswer.plan(null, [], meta)",
    "return writeAnswer.plan(null, [[]], meta)",
  ],
  ["what helps it to answer", "lib/config/kind.ts", "value !== null", "value !== undefined"],
  ["how an engine is run", "planning/preview/plan-stack.ts", '"-lock=false"', '"-lock=true"'],
  ["what an engine sees", "lib/engine/environment.ts", "GOOGLE_|ARM_", "GOOGLE_"],
  ["a rule of a type", "planning/schemas/semantics.json", "true", "false"],
  ["a version of a package", "package-lock.json", '"lockfileVersion": 3', '"lockfileVersion": 4'],
])("another one with %s changed", (_name, file, from, to) => {
  const digest = changed(file, (text) => text.replace(from, to));
  expect(digest).toMatch(/^[0-9a-f]{64}$/);
  expect(digest).not.toBe(here);
});

test("none where the sources do not fit together, or are not there", () => {
  expect(changed("planning/replay/server.ts", (text) => `${text}}`)).toBeUndefined();
  expect(planningCode(tmpdir())).toBeUndefined();
});
