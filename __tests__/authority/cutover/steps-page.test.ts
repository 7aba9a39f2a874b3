import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stepNames } from "../../../authority/cutover/record";
import { steps } from "../../../authority/cutover/steps";
import { repositoryRoot } from "../../../lib/root";

it("docs/cutover.md has the steps as the program has them: in order, with what a repeat, an abort and a refusal mean", () => {
  const rows = stepNames.map((name, index) => {
    const { again, undone, refused } = steps[name];
    return `| ${index + 1} | ${name} | ${again} | ${undone} | ${refused} |`;
  });
  expect(readFileSync(join(repositoryRoot, "docs", "cutover.md"), "utf8")).toContain(`\n${rows.join("\n")}\n`);
});
