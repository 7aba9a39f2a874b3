import { countedActions } from "../preview/actions";
import { type Comparison } from "./compare";
import { type StackDifference } from "./difference";
import { forMarkdown } from "../../lib/text/markdown";
import { countOf, type Line, linesOf } from "./lines";
import { codeText } from "./trust";

/** What a comment begins with that tells of a data loss. */
export const dataLossMark = "**Data loss:**";

/** What a comment may hold; GitHub takes 65,536. */
export const longestComment = 60_000;

/**
 * A comparison as a comment of at most `max` characters: the summary table, then what changes, folded per stack. The table is always
 * whole; where the rest is too long it is cut, and says by how many lines and how to see them. One line where nothing changes.
 */
export function asMarkdown(comparison: Comparison, engine: string, max = longestComment): string {
  const changed = comparison.stacks.filter(({ status }) => status !== "unchanged");
  const base = `${comparison.base.ref} (${comparison.base.commit.slice(0, 12)})`;
  const footer = `Planned by ${engine} by replay, on the state that ${comparison.base.ref} would have left: no cluster was asked, nothing was changed. Planned with ${codeText(comparison.computedBy)}.`;
  const collisions = comparison.collisions.map(
    ({ what, remedy }) => `- collision: ${forMarkdown(what)}. ${forMarkdown(remedy ?? "")}`,
  );
  if (changed.length === 0 && collisions.length === 0) {
    return `**Flywheel preview**: nothing changes in ${countOf(comparison.stacks.length, "stack")} against ${forMarkdown(base)}. ${forMarkdown(footer)}\n`;
  }
  const unchanged = comparison.stacks.filter(({ status }) => status === "unchanged").map(({ id }) => id);
  const top = [
    ...dataLossLine(comparison.stacks),
    `### Flywheel preview against ${forMarkdown(base)}`,
    "",
    ...summaryTable(changed),
    ...(unchanged.length === 0 ? [] : ["", `Nothing changes in ${forMarkdown(unchanged.join(", "))}.`]),
    ...(collisions.length === 0 ? [] : ["", "**Two stacks would own one object:**", "", ...collisions]),
    ...comparison.remarks.flatMap((remark) => ["", `Note: ${forMarkdown(remark)}`]),
    "",
    forMarkdown(footer),
  ];
  const room = max - length(top);
  return `${[...top, ...details(changed, room, comparison.base.ref)].join("\n")}\n`;
}

function summaryTable(stacks: readonly StackDifference[]): readonly string[] {
  const rows = stacks.map(({ id, summary: s, state, status }) => {
    const where =
      status === "added"
        ? "new"
        : status === "removed"
          ? "left behind"
          : state.moves
            ? `${state.before?.backend ?? "none"} -> ${state.after?.backend ?? "none"}, moves`
            : "stays";
    return `| ${[id, ...countedActions.map((action) => s[action]), s.other, where].map((cell) => forMarkdown(String(cell))).join(" | ")} |`;
  });
  return [
    `| stack | ${countedActions.join(" | ")} | other | state |`,
    `|---|${"--:|".repeat(countedActions.length + 1)}---|`,
    ...rows,
  ];
}

/** Whoever reads one line of a comment reads this one. */
function dataLossLine(stacks: readonly StackDifference[]): readonly string[] {
  const losses = stacks.flatMap(({ id, dataLoss }) => dataLoss.map(({ address }) => `${address} (${id})`));
  if (losses.length === 0) return [];
  const more = losses.length > 5 ? ` and ${losses.length - 5} more` : "";
  const loses = `this change would destroy what holds data: ${losses.slice(0, 5).join(", ")}${more}`;
  return [`${dataLossMark} ${forMarkdown(loses)}`, ""];
}

/** The folded part. Stacks share the room: what a short one leaves goes to those after it. */
function details(stacks: readonly StackDifference[], room: number, ref: string): readonly string[] {
  const output: string[] = [];
  let left = room;
  stacks.forEach((stack, index) => {
    const block = foldedBlock(stack, Math.floor(left / (stacks.length - index)), ref);
    if (block.length === 0) return;
    output.push(...block);
    left -= length(block);
  });
  return output;
}

function foldedBlock(stack: StackDifference, room: number, ref: string): readonly string[] {
  const lines = linesOf(stack);
  const whole = folded(stack, lines);
  if (length(whole) <= room) return whole;
  const cutLine = (count: number): Line => ({
    mark: " ",
    text: `... ${count} ${count === 1 ? "line is" : "lines are"} cut here. All of them: flywheel preview ${stack.id} --base ${ref}`,
  });
  // The most lines that fit, by halving.
  let [fits, tooMany] = [-1, lines.length];
  while (tooMany - fits > 1) {
    const middle = Math.floor((fits + tooMany) / 2);
    if (length(folded(stack, [...lines.slice(0, middle), cutLine(lines.length - middle)])) <= room) fits = middle;
    else tooMany = middle;
  }
  return fits < 0 ? [] : folded(stack, [...lines.slice(0, fits), cutLine(lines.length - fits)]);
}

function folded({ id }: StackDifference, lines: readonly Line[]): readonly string[] {
  const text = lines.map(({ mark, text: line }) => `${mark === "~" || mark === ">" ? "!" : mark} ${line}`.trimEnd());
  const longestRun = Math.max(0, ...text.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length)));
  const fence = "`".repeat(Math.max(3, longestRun + 1));
  return [
    "",
    "<details>",
    `<summary>${forMarkdown(id)}: ${countOf(lines.length, "line")}</summary>`,
    "",
    `${fence}diff`,
    ...text,
    fence,
    "",
    "</details>",
  ];
}

function length(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + line.length + 1, 0);
}
