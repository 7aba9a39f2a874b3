import fc from "fast-check";
import { lineChanges } from "../../../planning/difference/line-changes";
import { difference } from "../../../planning/difference/difference";
import { linesOf } from "../../../planning/difference/lines";
import { asIs, onBase, planOnBase, side, stack } from "./support";

const told = (before: unknown, after: unknown) => {
  const sideWith = (x: unknown) => side(stack([{ address: "t.a", after: { x } }]));
  const [base, head] = [sideWith(before), sideWith(after)];
  const [only] = difference(base, onBase(base, head), asIs).stacks;
  return only === undefined ? [] : linesOf(only).map(({ mark, text }) => `${mark} ${text}`);
};

test("two long values that differ late show the place where they differ", () => {
  const long = "argument ".repeat(200);
  expect(told(`${long}one, and more`, `${long}two, and more`)).toEqual([
    "~ t.a",
    "      x:",
    '-       ...nt argument argument argument one, and more"',
    '+       ...nt argument argument argument two, and more"',
  ]);
});

test("an update that changes no value says so", () => {
  const value = { set: [{ cpu: "1" }] };
  const base = side(stack([{ address: "t.a", after: value }]));
  const plan = planOnBase([
    { address: "t.a", actions: ["update"], before: value, after: value, sensitive: { set: true } },
  ]);
  const [only] = difference(base, side({ ...stack([]), plan }), asIs).stacks;
  expect(only === undefined ? [] : linesOf(only).map(({ text }) => text)).toEqual([
    "t.a",
    "    no value differs: what counts as a secret does",
  ]);
});

test("changes at both ends of a long text are both shown", () => {
  const text = (first: string, last: string) =>
    [first, ...Array.from({ length: 300 }, (_, index) => `echo ${index}`), last].join("\n");
  expect(told(text("set -e", "exit 0"), text("set -u", "exit 1"))).toEqual([
    "~ t.a",
    "      x:",
    "-       set -e",
    "+       set -u",
    "        echo 299",
    "-       exit 0",
    "+       exit 1",
  ]);
});

test("a long value that is new is shown whole", () => {
  const list = Array.from({ length: 60 }, (_, index) => `item-${index}`);
  const lines = told(undefined, list);
  for (const item of list) expect(lines.some((line) => line.includes(`"${item}"`))).toBe(true);
});

test("the changes of two texts turn one into the other", () => {
  const lines = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 12 });
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      const changes = lineChanges(before, after);
      const only = (mark: string) => changes.filter((change) => change.mark === mark).map(({ text }) => text);
      const isSubsequence = (part: readonly string[], whole: readonly string[]) =>
        whole.reduce((found, line) => (part[found] === line ? found + 1 : found), 0) === part.length;
      expect(isSubsequence(only("-"), before)).toBe(true);
      expect(isSubsequence(only("+"), after)).toBe(true);
      expect(before.length - only("-").length).toBe(after.length - only("+").length);
      expect(changes.length === 0).toBe(before.join() === after.join());
    }),
  );
});
