import { readFileSync } from "node:fs";
import { join } from "node:path";
import { errorSites, listedCodes, roomSources, sitesIn } from "../../../ci/errors/codes";
import { errorsPage } from "../../../ci/errors/page";
import { repositoryRoot } from "../../../lib/root";

test("docs/errors.md lists every code of the source; `make errors` writes it anew", () => {
  const page = errorsPage(errorSites());
  expect(readFileSync(join(repositoryRoot, "docs", "errors.md"), "utf8")).toBe(page);
  const missing = listedCodes(roomSources()).filter((code) => !page.includes(`\n## ${code}\n`));
  expect(missing).toEqual([]);
  expect(page).toContain("## locked\n");
});

test("an error is found wherever it is made, with its words", () => {
  const source = `
    throw new UserError({ code: "a-b", what: \`\${stack.id} is gone\`, expected: "it", remedy: "do\\nthis" });
    const x = new StateRefusal("locked", "it is locked", "wait");
    const y = { code: bad ? "c" : "d", what };
    const z = { code: "no error" };
    throw new HttpProblem(403, "e", \`\${name} may not\`);
    throw new StoreUnavailable(store, "it is out", "f", { expected: expectOneOf("an answer", name, names) });
    const p = { code: \`moved-\${key}\` as const, what: "it moved" };`;
  expect(sitesIn(source, ["moved-state", "moved", "g"])).toEqual([
    { code: "a-b", what: "<id> is gone", expected: "it", remedy: "do\nthis" },
    { code: "locked", what: "it is locked", remedy: "wait" },
    { code: "c" },
    { code: "d" },
    { code: "e", what: "<name> may not" },
    { code: "f", what: "it is out", expected: "an answer" },
    { code: "moved-state", what: "it moved" },
  ]);
});
