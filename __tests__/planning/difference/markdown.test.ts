import fc from "fast-check";
import { type Comparison } from "../../../planning/difference/compare";
import { difference } from "../../../planning/difference/difference";
import { asMarkdown, longestComment } from "../../../planning/difference/markdown";
import { type Side } from "../../../planning/difference/side";
import { asIs, onBase, type Resource, side, stack } from "./support";

const comparison = (before: Side, after: Side): Comparison => ({
  ...difference(before, onBase(before, after), asIs),
  computedBy: { by: "change" },
  base: { ref: "main", commit: "0123456789abcdef" },
  remarks: [],
});

const resources = (count: number, value: string): readonly Resource[] =>
  Array.from({ length: count }, (_, index) => ({
    address: `t.r${String(index).padStart(5, "0")}`,
    after: { value: `${value} ${index}` },
  }));

const inEnvironments = (value: string, count: number): Side =>
  side(
    ...["dev", "prod"].map((environment) =>
      stack(resources(count, value), { id: `attic-${environment}`, environment }),
    ),
    stack([], { id: "same", stack: "same" }),
  );

test("a summary table, then what changes, folded per stack", () => {
  expect(asMarkdown(comparison(inEnvironments("a", 1), inEnvironments("b", 1)), "tofu"))
    .toBe(`### Flywheel preview against main (0123456789ab)

| stack | add | change | replace | destroy | moved | import | forget | other | state |
|---|--:|--:|--:|--:|--:|--:|--:|--:|---|
| attic-dev | 0 | 1 | 0 | 0 | 0 | 0 | 0 | 0 | stays |
| attic-prod | 0 | 1 | 0 | 0 | 0 | 0 | 0 | 0 | stays |

Nothing changes in same.

Planned by tofu by replay, on the state that main would have left: no cluster was asked, nothing was changed. Planned with this change's own code.
${["attic-dev", "attic-prod"]
  .map(
    (id) => `
<details>
<summary>${id}: 2 lines</summary>

\`\`\`diff
! t.r00000
      value: "a 0" -> "b 0"
\`\`\`

</details>
`,
  )
  .join("")}`);
});

test("one line where nothing changes", () => {
  const text = asMarkdown(comparison(inEnvironments("a", 3), inEnvironments("a", 3)), "tofu");
  expect(text.trimEnd().split("\n")).toHaveLength(1);
  expect(text).toContain("nothing changes in 3 stacks against main");
  expect(text).toContain("by replay");
});

test("what is too long is cut: the table stays whole, and it says how many lines and how to see them", () => {
  const text = asMarkdown(comparison(inEnvironments("a", 4000), inEnvironments("b", 4000)), "tofu");
  expect(text.length).toBeLessThanOrEqual(longestComment);
  expect(text.length).toBeGreaterThan(longestComment * 0.95);
  expect(text).toContain("| attic-dev | 0 | 4000 | 0 | 0 | 0 | 0 | 0 | 0 | stays |\n| attic-prod | 0 | 4000 |");
  expect(text).toMatch(/\.\.\. \d+ lines are cut here\. All of them: flywheel preview attic-dev --base main/);
  expect(text).toMatch(/preview attic-prod --base main/);
  expect(text.match(/<details>/g)).toHaveLength(2);
  expect(text.match(/<\/details>/g)).toHaveLength(2);
});

test("a value cannot end the code it stands in", () => {
  const text = asMarkdown(
    comparison(
      side(stack([{ address: "t.a", after: { x: "1" } }])),
      side(stack([{ address: "t.a", after: { x: "a\n```\n</details><b>" } }])),
    ),
    "tofu",
  );
  expect(text).toContain("\n````diff\n");
});

test("never longer than it may be, whatever it is about", () => {
  fc.assert(
    fc.property(fc.nat(300), fc.string(), fc.integer({ min: 2000, max: 20_000 }), (count, value, max) => {
      expect(
        asMarkdown(comparison(inEnvironments("", count), inEnvironments(value, count)), "tofu", max).length,
      ).toBeLessThanOrEqual(max);
    }),
    { numRuns: 40 },
  );
});
