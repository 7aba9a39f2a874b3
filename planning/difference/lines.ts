import { forTerminal } from "../../lib/text/terminal";
import { type AttributeChange, type Shown } from "./attributes";
import { type ResourceDifference, type StackDifference, placeText } from "./difference";

/** One line of a difference. `mark` is what a diff starts a line with. */
export interface Line {
  readonly mark: "+" | "-" | "~" | ">" | " ";
  readonly text: string;
}

/** How much of a value is shown on one line. */
const longestValue = 160;
/** How many lines of a text are shown. */
const mostTextLines = 24;

const marks: Readonly<Record<ResourceDifference["kind"], Line["mark"]>> = {
  add: "+",
  remove: "-",
  change: "~",
  moved: ">",
};

/** Everything that is to say about a stack that is not what it was, for people. Deterministic, without control characters. */
export function linesOf(stack: StackDifference): readonly Line[] {
  const { state, status } = stack;
  return [
    ...(status === "added" ? [{ mark: "+" as const, text: `the stack is new; state: ${placeText(state.after)}` }] : []),
    ...(status === "removed"
      ? [
          {
            mark: "-" as const,
            text: `the stack is gone from the configuration; what it has made stays, and its state: ${placeText(state.before)}`,
          },
        ]
      : []),
    ...(stack.previousId === undefined
      ? []
      : [{ mark: "~" as const, text: `the stack was called ${stack.previousId}` }]),
    ...(state.moves
      ? [{ mark: "~" as const, text: `state: ${placeText(state.before)} -> ${placeText(state.after)}` }]
      : []),
    ...stack.resources.flatMap(resourceLines),
    ...stack.others.flatMap(resourceLines),
    ...(stack.placeholders.length === 0 || status === "removed"
      ? []
      : [{ mark: " " as const, text: `placeholders stood in for: ${stack.placeholders.join(", ")}` }]),
  ].map(({ mark, text }) => ({ mark, text: forTerminal(text) }));
}

function resourceLines({ kind, address, previousAddress, attributes }: ResourceDifference): readonly Line[] {
  const head: Line = {
    mark: marks[kind],
    text: previousAddress === undefined ? address : `${address} (was ${previousAddress})`,
  };
  return [head, ...attributes.flatMap(attributeLines)];
}

function attributeLines({ path, before, after, sensitive, only }: AttributeChange): readonly Line[] {
  const line = (text: string, mark: Line["mark"] = " "): Line => ({ mark, text: `    ${text}` });
  if (only === "bytes") return [line(`${path}: equal data, written in another way`)];
  if (only === "order") return [line(`${path}: another order: ${value(before)} -> ${value(after)}`)];
  if (sensitive === true && before !== undefined && after !== undefined)
    return [line(`${path}: ${value(before)}, which differs`)];
  if (before === undefined) return [line(`${path}: ${value(after)}`, "+")];
  if (after === undefined) return [line(`${path}: ${value(before)}`, "-")];
  if (typeof before === "string" && typeof after === "string" && (before.includes("\n") || after.includes("\n")))
    return [line(`${path}:`), ...textLines(before, after)];
  return [line(`${path}: ${value(before)} -> ${value(after)}`)];
}

/** The lines between what two texts begin and end with alike. */
function textLines(before: string, after: string): readonly Line[] {
  const [one, other] = [before.split("\n"), after.split("\n")];
  const shortest = Math.min(one.length, other.length);
  let start = 0;
  while (start < shortest && one[start] === other[start]) start++;
  let end = 0;
  while (end < shortest - start && one.at(-1 - end) === other.at(-1 - end)) end++;
  const lines = (list: readonly string[], mark: Line["mark"]) =>
    list.slice(start, list.length - end).map((text): Line => ({ mark, text: `      ${text}` }));
  const changed = [...lines(one, "-"), ...lines(other, "+")];
  const more = changed.length - mostTextLines;
  return more <= 0
    ? changed
    : [...changed.slice(0, mostTextLines), { mark: " ", text: `      ... and ${more} more lines (--json has them)` }];
}

function value(shown: Shown | undefined): string {
  const text = typeof shown === "string" && /^\([a-z ]+\)$/.test(shown) ? shown : JSON.stringify(shown ?? null);
  return text.length <= longestValue ? text : `${text.slice(0, longestValue - 3)}...`;
}

/** `1 stack`, `2 stacks`. */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
