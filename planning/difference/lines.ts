import { forTerminal } from "../../lib/text/terminal";
import { type DataLoss } from "../preview/data-loss";
import { type AttributeChange, type Shown } from "./attributes";
import { lineChanges } from "./line-changes";
import { type ResourceDifference, type StackDifference, placeText } from "./difference";

/** One line of a difference. `mark` is what a diff starts a line with. */
export interface Line {
  readonly mark: "+" | "-" | "~" | ">" | " ";
  readonly text: string;
}

/** How much of a value is shown on one line. */
const longestValue = 160;
/** How much stands before and after the place where two long values differ. */
const context = 30;
/** How many lines of one value are shown. */
const mostTextLines = 400;

const marks: Readonly<Record<ResourceDifference["kind"], Line["mark"]>> = {
  add: "+",
  change: "~",
  replace: "-",
  destroy: "-",
  moved: ">",
  import: ">",
  forget: "~",
  remove: "-",
  "left-behind": " ",
};

/** What the mark alone does not say of a resource. */
const words: Partial<Readonly<Record<ResourceDifference["kind"], string>>> = {
  replace: "is replaced: destroyed and made anew",
  destroy: "is destroyed",
  import: "is taken into the state",
  forget: "is forgotten, not destroyed",
  "left-behind": "stays",
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
    ...stack.dataLoss.map((loss) => ({ mark: "-" as const, text: dataLossText(stack.id, loss) })),
    ...(stack.refused.length === 0
      ? []
      : [{ mark: "-" as const, text: "nobody may apply this plan; it is shown as if it were not refused:" }]),
    ...stack.refused.map(({ what }) => ({ mark: "-" as const, text: `  ${what}` })),
    ...stack.resources.flatMap(resourceLines),
    ...stack.others.flatMap(resourceLines),
    ...(stack.placeholders.length === 0 || status === "removed"
      ? []
      : [{ mark: " " as const, text: `placeholders stood in for: ${stack.placeholders.join(", ")}` }]),
  ].map(({ mark, text }) => ({ mark, text: forTerminal(text) }));
}

/** `data loss: x, which holds data, is replaced`. */
export function dataLossText(id: string, { address, action, allowed, refused }: DataLoss): string {
  const how = action === "replace" ? "is replaced" : "is destroyed";
  const may = allowed
    ? `state.allow_destroy.${id} allows it`
    : refused
      ? "prevent_destroy refuses it"
      : "nothing refuses it";
  return `data loss: ${address}, which holds data, ${how} (${may})`;
}

function resourceLines({
  kind,
  address,
  previousAddress,
  attributes,
  forcedBy = [],
}: ResourceDifference): readonly Line[] {
  const word = words[kind];
  const head: Line = {
    mark: marks[kind],
    text: `${address}${previousAddress === undefined ? "" : ` (was ${previousAddress})`}${word === undefined ? "" : ` ${word}`}`,
  };
  const forced: readonly Line[] =
    forcedBy.length === 0 ? [] : [{ mark: " ", text: `    forced by: ${forcedBy.join(", ")}` }];
  const secrecy: readonly Line[] =
    kind === "change" && attributes.length === 0
      ? [{ mark: " ", text: "    no value differs: what counts as a secret does" }]
      : [];
  return [head, ...forced, ...secrecy, ...attributes.flatMap(attributeLines)];
}

function attributeLines({ path, before, after, sensitive, only }: AttributeChange): readonly Line[] {
  const line = (text: string, mark: Line["mark"] = " "): Line => ({ mark, text: `    ${text}` });
  if (only === "bytes") return [line(`${path}: equal data, written in another way`)];
  if (only === "order") return [line(`${path}: another order: ${value(before)} -> ${value(after)}`)];
  if (sensitive === true && before !== undefined && after !== undefined)
    return [line(`${path}: ${value(before)}, which differs`)];
  if (before === undefined) return oneSided(path, after, "+");
  if (after === undefined) return oneSided(path, before, "-");
  if (typeof before === "string" && typeof after === "string" && (before.includes("\n") || after.includes("\n")))
    return [line(`${path}:`), ...textLines(before, after)];
  const [one, other] = [whole(before), whole(after)];
  if (Math.max(one.length, other.length) <= longestValue) return [line(`${path}: ${one} -> ${other}`)];
  return [line(`${path}:`), ...differing(one, other)];
}

/** What only one side has, whole: on one line where there is room. */
function oneSided(path: string, shown: Shown | undefined, mark: Line["mark"]): readonly Line[] {
  const short = whole(shown);
  if (short.length <= longestValue && !(typeof shown === "string" && shown.includes("\n")))
    return [{ mark, text: `    ${path}: ${short}` }];
  const text = typeof shown === "string" ? shown : JSON.stringify(shown, null, 2);
  return [
    { mark, text: `    ${path}:` },
    ...limited(wrapped(text).map((line): Line => ({ mark, text: `      ${line}` }))),
  ];
}

/** The parts in which two long values differ, with a little of what stands around. */
function differing(before: string, after: string): readonly Line[] {
  const shortest = Math.min(before.length, after.length);
  let start = 0;
  while (start < shortest && before[start] === after[start]) start++;
  let end = 0;
  while (end < shortest - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const from = Math.max(0, start - context);
  const part = (text: string, mark: Line["mark"]) => {
    const to = Math.min(text.length, text.length - end + context);
    const shown = `${from === 0 ? "" : "..."}${text.slice(from, to)}${to === text.length ? "" : "..."}`;
    return wrapped(shown).map((line): Line => ({ mark, text: `      ${line}` }));
  };
  return limited([...part(before, "-"), ...part(after, "+")]);
}

/** The lines of a text, long ones in pieces. */
function wrapped(text: string): readonly string[] {
  return text.split("\n").flatMap((line) => line.match(new RegExp(`.{1,${longestValue}}`, "gsu")) ?? [""]);
}

function limited(lines: readonly Line[]): readonly Line[] {
  const more = lines.length - mostTextLines;
  return more <= 0
    ? lines
    : [...lines.slice(0, mostTextLines), { mark: " ", text: `      ... and ${more} more lines (--json has them)` }];
}

/** The lines that two texts don't share, each change with the line before it. */
function textLines(before: string, after: string): readonly Line[] {
  const lines: Line[] = [];
  for (const { mark, text } of lineChanges(before.split("\n"), after.split("\n")))
    lines.push(...wrapped(text).map((part): Line => ({ mark, text: `      ${part}` })));
  return limited(lines);
}

function value(shown: Shown | undefined): string {
  const text = whole(shown);
  return text.length <= longestValue ? text : `${text.slice(0, longestValue - 3)}...`;
}

function whole(shown: Shown | undefined): string {
  return typeof shown === "string" && /^\([a-z ]+\)$/.test(shown) ? shown : JSON.stringify(shown ?? null);
}

/** `1 stack`, `2 stacks`. */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
