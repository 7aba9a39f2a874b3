import { z } from "zod";
import { dataLossMark, longestComment } from "./markdown";
import { configurationOnly } from "./trust";
import { cleanedLines } from "./untrusted-text";
import { parsedJson } from "../../lib/json";
import { notAFileList } from "./refusals";

/** Every comment of ours begins with it, and nobody sees it: how a job finds the one that it wrote before. */
export const commentMarker = "<!-- flywheel:preview -->";

/** GitHub lists no more files of a pull request than this: a longer list has an end that nobody sees. */
const mostListedFiles = 3000;

/** Fewer characters than this have no room for what must be said. */
export const shortestComment = 1000;

interface CommentOptions {
  /** What the pull request's own job wrote: data, and nothing in it is believed. */
  readonly markdown: string;
  /** The pull request's files, of the very commit that wrote `markdown`. */
  readonly changedFiles: readonly string[];
  /** The branch it goes to. */
  readonly baseRef: string;
  /** The configuration's folder, from the repository's top. @default config */
  readonly configuration?: string;
  /** At least `shortestComment`. @default longestComment */
  readonly max?: number;
}

/**
 * The comment of a pull request, of at most `max` characters. Whose code computed the preview is said by the changed files alone; a pull
 * request that changes anything but configuration ran its own code, which can say what it likes.
 */
export function previewComment(options: CommentOptions): string {
  const { markdown, changedFiles, configuration = "config", max = longestComment } = options;
  const cleaned = cleanedLines(markdown.slice(0, 4 * longestComment));
  // A data loss comes before everything else.
  const [first = ""] = cleaned;
  const losses = first.startsWith(dataLossMark) ? [first.slice(0, 500), ""] : [];
  const head = [commentMarker, ...losses, ...trustLines(options.baseRef, changedFiles, configuration), ""];
  const lines = losses.length === 0 ? cleaned : cleaned.slice(1);
  const text = (count: number) =>
    `${[...head, ...(count < lines.length ? cut(lines, count) : lines)].join("\n").trimEnd()}\n`;
  if (text(lines.length).length <= max && markdown.length <= 4 * longestComment) return text(lines.length);
  let [fits, tooMany] = [0, lines.length];
  while (tooMany - fits > 1) {
    const middle = Math.floor((fits + tooMany) / 2);
    if (text(middle).length <= max) fits = middle;
    else tooMany = middle;
  }
  return text(fits);
}

function trustLines(baseRef: string, files: readonly string[], configuration: string): readonly string[] {
  const ref = /^[\w./-]{1,100}$/.test(baseRef) ? baseRef : "the base";
  const trusted = files.length > 0 && files.length < mostListedFiles && configurationOnly(files, configuration);
  if (trusted) return [`**computed by ${ref}'s code**: this pull request changes nothing but configuration.`];
  return [
    "**computed by this PR's own code**: it changes more than configuration, so what follows is its own word. Read its code first.",
  ];
}

/** The first lines, with everything in them closed, and a line that says what is missing. */
function cut(lines: readonly string[], count: number): readonly string[] {
  const kept = lines.slice(0, count);
  const fences = kept.reduce<string | undefined>(
    (open, line) => (open === undefined ? /^(`{3,})diff$/.exec(line)?.[1] : line === open ? undefined : open),
    undefined,
  );
  const isCode = fencedLines(kept);
  const open =
    kept.filter((line, index) => line === "<details>" && !isCode[index]).length -
    kept.filter((line, index) => line === "</details>" && !isCode[index]).length;
  return [
    ...kept,
    ...(fences === undefined ? [] : [fences]),
    ...Array.from({ length: open }, () => "\n</details>"),
    "",
    `${lines.length - count} more lines are cut here. All of them: flywheel preview --base, in a checkout.`,
  ];
}

function fencedLines(lines: readonly string[]): readonly boolean[] {
  let mark: string | undefined;
  return lines.map((line) => {
    if (mark === undefined) {
      mark = /^(`{3,})diff$/.exec(line)?.[1];
      return false;
    }
    if (line === mark) mark = undefined;
    return true;
  });
}

const file = z.looseObject({ filename: z.string().min(1), previous_filename: z.string().optional() });
const listing = z.union([z.array(file), z.array(z.array(file)).transform((pages) => pages.flat())]);

/**
 * The paths in GitHub's list of a pull request's files (`gh api --paginate --slurp repos/O/R/pulls/N/files`), both of a renamed file.
 * @throws UserError for anything else: a list that is not understood proves nothing.
 */
export function readChangedFiles(text: string, name: string): readonly string[] {
  const parsed = listing.safeParse(parsedJson(text));
  if (parsed.success)
    return parsed.data.flatMap(({ filename, previous_filename }) => [
      filename,
      ...(previous_filename === undefined ? [] : [previous_filename]),
    ]);
  throw notAFileList(name);
}
