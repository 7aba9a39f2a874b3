import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stackNames } from "../../../lib/config/names";
import { repositoryRoot } from "../../../lib/root";
import { catalogueOf, merge, programFor, variants } from "./record";

// Not a test: it writes lib/addresses/catalogue.json. npx jest --testMatch '**/record-catalogue.ts'
test("record lib/addresses/catalogue.json", async () => {
  const sections: string[] = [];
  for (const stack of stackNames) {
    const programs = [];
    for (const variables of variants(stack)) programs.push(await programFor(stack, variables));
    const entries = merge(programs.map((program) => (program === undefined ? [] : catalogueOf(program))));
    sections.push(
      `  ${JSON.stringify(stack)}: [\n${entries.map((entry) => `    ${JSON.stringify(entry)}`).join(",\n")}\n  ]`,
    );
  }
  const file = join(repositoryRoot, "lib", "addresses", "catalogue.json");
  writeFileSync(file, `{\n${sections.join(",\n")}\n}\n`);
  execFileSync(process.execPath, [require.resolve("prettier/bin/prettier.cjs"), "--write", file]);
}, 600_000);
