import { withoutLabel } from "../../lib/text/label";
import { codeLine, forMarkdown, fromEntities } from "../../lib/text/markdown";

/**
 * Text that somebody else wrote, made fit to stand in a comment of ours. It keeps what our own Markdown is made of - lines, tables, list
 * items, a bold beginning, fenced code, `<details>` with a `<summary>` - and turns everything else into plain text: no other HTML, no
 * comment, no link or image, no heading, no mention, no reference to an issue. What is not seen, and what reads as the trusted label, is
 * written as escapes. No text is deleted. What opens is closed.
 */
export function cleanedLines(untrusted: string): readonly string[] {
  const output: string[] = [];
  let open = 0;
  let fence: { readonly mark: string; readonly lines: string[] } | undefined;
  const put = (...lines: readonly string[]) => {
    // Several blank lines become one.
    for (const line of lines) if (line !== "" || output.at(-1) !== "") output.push(line);
  };
  const endFence = () => {
    if (fence === undefined) return;
    // After a blank line, since a line of HTML goes on until then.
    put("");
    output.push(...fenced(fence.lines), "");
    fence = undefined;
  };
  for (const line of withoutLabel(untrusted.replace(/\r\n?/g, "\n")).split("\n")) {
    if (fence !== undefined) {
      if (line.trimEnd() === fence.mark) endFence();
      else fence.lines.push(line);
      continue;
    }
    const trimmed = line.trim();
    const opening = /^(`{3,})[a-z]*$/.exec(trimmed)?.[1];
    const summary = /^<summary>(.*)<\/summary>$/.exec(trimmed)?.[1];
    if (opening !== undefined) fence = { mark: opening, lines: [] };
    else if (trimmed === "<details>") {
      open++;
      put("", "<details>");
    } else if (trimmed === "</details>") {
      if (open > 0) put("", "</details>", "");
      open = Math.max(0, open - 1);
    } else if (summary !== undefined && output.at(-1) === "<details>") put(`<summary>${text(summary)}</summary>`, "");
    else put(plain(trimmed));
  }
  endFence();
  for (; open > 0; open--) put("", "</details>");
  return output;
}

/** As code that no line of it can end. */
function fenced(lines: readonly string[]): readonly string[] {
  const text = lines.map(codeLine);
  const longestRun = Math.max(0, ...text.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length)));
  const mark = "`".repeat(Math.max(3, longestRun + 1));
  return [`${mark}diff`, ...text, mark];
}

/** What our own Markdown has outside code: rows of tables, items of lists, bold words first. All else is text. */
function plain(line: string): string {
  if (/^\|.*\|$/.test(line) && line.length > 1) return `|${line.slice(1, -1).split("|").map(cell).join("|")}|`;
  const [, item = "", rest = line] = /^(- )(?=\S)(.*)$/.exec(line) ?? [];
  const heading = /^### (Flywheel preview against .*)$/.exec(line)?.[1];
  if (heading !== undefined) return `**${text(heading)}**`;
  const [, bold, space = "", after = ""] = /^\*\*([^*]+)\*\*( ?)(.*)$/.exec(rest) ?? [];
  return `${item}${bold === undefined ? text(rest) : `**${text(bold.trim())}**${space}${text(after)}`}`;
}

function cell(content: string): string {
  const trimmed = content.trim();
  const padding = trimmed === content || trimmed === "" ? "" : " ";
  return `${padding}${/^:?-+:?$/.test(trimmed) ? trimmed : text(trimmed)}${padding}`;
}

/** Its own entities are read first, so that ours are not written twice and nothing hides in one. */
function text(markdown: string): string {
  return forMarkdown(fromEntities(markdown));
}
