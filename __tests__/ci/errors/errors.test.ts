import { readFileSync } from "node:fs";
import { join } from "node:path";
import { errorSites, sitesIn } from "../../../ci/errors/codes";
import { errorsPage } from "../../../ci/errors/page";
import { repositoryRoot } from "../../../lib/root";

test("docs/errors.md lists every code of the source; `make errors` writes it anew", () => {
  const page = errorsPage(errorSites());
  expect(readFileSync(join(repositoryRoot, "docs", "errors.md"), "utf8")).toBe(page);
  expect(page).toContain("## locked\n");
  expect(page).toContain("## unknown-setting\n");
});

test("an error is found wherever it is made, with its words", () => {
  const source = `
    throw new UserError({ code: "a-b", what: \`\${stack.id} is gone\`, expected: "it", remedy: "do\\nthis" });
    const x = new StateRefusal("locked", "it is locked", "wait");
    const y = { code: bad ? "c" : "d", what };
    const z = { code: "no error" };`;
  expect(sitesIn(source)).toEqual([
    { code: "a-b", what: "<id> is gone", expected: "it", remedy: "do\nthis" },
    { code: "locked", what: "it is locked", remedy: "wait" },
    { code: "c" },
    { code: "d" },
  ]);
});
