import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { withTemporaryFolder } from "../../../lib/files";
import { type Allowed, judge, readAllowed } from "../../../ci/policy/allow";
import { type Finding } from "../../../ci/policy/findings";

const found: readonly Finding[] = [
  { check: "container-resources", object: "Deployment/nix-cache/attic", says: "no limit" },
  { check: "container-resources", object: "Deployment/nix-cache/attic-gc", says: "no limit" },
];

function allow(check: string, ...objects: readonly string[]): Allowed {
  return { check, objects, reason: "a sentence that says why", line: 1 };
}

test("what nothing allows is refused", () => {
  expect(judge(found, [])).toEqual({ refused: found, accepted: 0, stale: [] });
});

test("an entry allows its check on its objects, and nothing else", () => {
  expect(
    judge(found, [allow("container-resources", "Deployment/nix-cache/attic")]).refused.map(({ object }) => object),
  ).toEqual(["Deployment/nix-cache/attic-gc"]);
  expect(judge(found, [allow("container-image-tag", "*/*/*")]).refused).toHaveLength(2);
});

test("a star ends at a slash, and a dot is a dot", () => {
  expect(judge(found, [allow("container-resources", "Deployment/nix-cache/attic*")]).refused).toEqual([]);
  expect(judge(found, [allow("container-resources", "Deployment/*/x")]).refused).toHaveLength(2);
  expect(
    judge([{ check: "c", object: "Deployment/a/x-y", says: "" }], [allow("c", "Deployment/a/x.y")]).refused,
  ).toHaveLength(1);
});

test("each object that an entry names and nothing finds is stale", () => {
  const { stale } = judge(found, [allow("container-resources", "Deployment/nix-cache/*", "Deployment/gone/attic")]);
  expect(stale.map(({ object }) => object)).toEqual(["Deployment/gone/attic"]);
});

test.each([
  ["no reason", '- {check: a, objects: ["a/b/c"]}'],
  ["a reason of a word", '- {check: a, objects: ["a/b/c"], reason: ok}'],
  ["no object", "- {check: a, objects: [], reason: a sentence that says why}"],
  ["an object of another shape", "- {check: a, objects: [attic], reason: a sentence that says why}"],
  ["an unknown key", '- {check: a, objects: ["a/b/c"], reason: a sentence that says why, until: 2027}'],
  ["no list", "check: a"],
])("an allow-list with %s is refused", async (_what, text) => {
  await withTemporaryFolder((folder) => {
    const file = join(folder, "allow.yaml");
    writeFileSync(file, text);
    expect(() => readAllowed(file)).toThrow(file);
    return Promise.resolve();
  });
});
