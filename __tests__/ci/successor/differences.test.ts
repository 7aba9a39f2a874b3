import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Difference, differences, isVersion } from "../../../ci/successor/differences";
import { withTemporaryFolder } from "../../../lib/files";

/** The differences between two versions of files. */
function compare(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): Promise<readonly Difference[]> {
  return withTemporaryFolder((folder) => {
    for (const [side, files] of Object.entries({ before, after })) {
      mkdirSync(join(folder, side, "stacks"), { recursive: true });
      for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, side, name), text);
    }
    return Promise.resolve(differences(join(folder, "before"), join(folder, "after")));
  });
}

const stack = (version: string, more = "") =>
  `{"//": {"metadata": {"version": "${version}"}}, "resource": {"a": [{"name": "x"${more}}]}}`;

test("equal bytes have no difference", async () => {
  expect(await compare({ "stacks/a.json": stack("0.21.0") }, { "stacks/a.json": stack("0.21.0") })).toEqual([]);
});

test("the framework's version is told apart from everything else", async () => {
  const found = await compare(
    { "manifest.json": '{"version": "0.21.0"}', "a.json": stack("0.21.0") },
    { "manifest.json": '{"version": "0.24.0"}', "a.json": stack("0.24.0", ', "version": "1.0.0"') },
  );
  expect(found.filter((difference) => !isVersion(difference))).toEqual([
    { file: "a.json", path: ".resource.a[0].version", before: "(absent)", after: '"1.0.0"' },
  ]);
  expect(found.filter(isVersion).map(({ path }) => path)).toEqual([".//.metadata.version", ".version"]);
});

test("a resource's own version is no framework's", async () => {
  const found = await compare(
    { "a.json": '{"resource": {"version": "1.0.0"}}' },
    { "a.json": '{"resource": {"version": "1.0.1"}}' },
  );
  expect(found.map(isVersion)).toEqual([false]);
});

test("a file that only one of them writes, and equal values in another order, are differences", async () => {
  expect(
    await compare({ "a.json": '{"a": 1, "b": 2}', "stacks/b.json": "{}" }, { "a.json": '{"b": 2, "a": 1}' }),
  ).toEqual([
    { file: "a.json", path: "", before: "equal values", after: "in another order or layout" },
    { file: "stacks/b.json", path: "", before: "a file", after: "(absent)" },
  ]);
});
