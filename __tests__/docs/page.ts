/**
 * A page's commands. The convention, in plain Markdown:
 *
 * - a fence `sh` is run as it stands; all of a page's run in one shell, one after the other;
 * - a fence `text` after it is what it prints. A line `...` stands for any lines, `...` in a line for any text;
 * - `sh exits 1`: it ends with that exit code. `sh not run: REASON`: it is not run here.
 */
export interface Step {
  /** The line of the opening fence, from 1. */
  readonly line: number;
  /** The heading that it stands under; the page's title before the first one. */
  readonly heading: string;
  readonly command: string;
  readonly exitCode: number;
  /** Why it is not run; absent where it is. */
  readonly notRun?: string;
  /** Absent where the page shows no output. */
  readonly output?: Output;
}

interface Output {
  readonly text: string;
  /** Indices into the page's lines: what lies between the fences. */
  readonly first: number;
  readonly end: number;
}

interface Fence {
  readonly line: number;
  readonly heading: string;
  readonly info: string;
  readonly lines: readonly string[];
}

/** The commands of a page, in order. @throws Error for a fence that is not closed, or a mark that is none of the above. */
export function stepsOf(markdown: string): readonly Step[] {
  const steps: Step[] = [];
  let mayHaveOutput = false;
  for (const { line, heading, info, lines } of fencesOf(markdown)) {
    const text = lines.join("\n");
    const last = steps.at(-1);
    if (info === "text" && mayHaveOutput && last !== undefined)
      steps[steps.length - 1] = { ...last, output: { text, first: line, end: line + lines.length } };
    mayHaveOutput = /^sh\b/.test(info);
    if (mayHaveOutput) steps.push({ line, heading, command: text, ...marksOf(info, line) });
  }
  return steps;
}

function marksOf(info: string, line: number): Pick<Step, "exitCode" | "notRun"> {
  const [, code, notRun] = /^sh(?: exits (\d+)| not run: (\S.*))?$/.exec(info) ?? [];
  if (info !== "sh" && code === undefined && notRun === undefined)
    throw new Error(`line ${line}: "${info}": expected sh, sh exits N, or sh not run: REASON`);
  return { exitCode: Number(code ?? 0), ...(notRun === undefined ? {} : { notRun }) };
}

function fencesOf(markdown: string): readonly Fence[] {
  const fences: Fence[] = [];
  let heading = "";
  let open: { line: number; heading: string; info: string; lines: string[] } | undefined;
  for (const [index, text] of markdown.split("\n").entries()) {
    const info = /^```(.*)$/.exec(text)?.[1]?.trim();
    if (open === undefined) heading = /^#+ (.*)$/.exec(text)?.[1]?.trim() ?? heading;
    if (info === undefined) open?.lines.push(text);
    else if (open === undefined) open = { line: index + 1, heading, info, lines: [] };
    else {
      fences.push(open);
      open = undefined;
    }
  }
  if (open !== undefined) throw new Error(`line ${open.line}: this fence is not closed`);
  return fences;
}

/** The page with other outputs: `printed` by the step that printed it. A step without a place for its output keeps none. */
export function withOutputs(markdown: string, printed: ReadonlyMap<Step, string>): string {
  const lines = markdown.split("\n");
  for (const [{ output }, text] of [...printed].reverse())
    if (output !== undefined) lines.splice(output.first, output.end - output.first, ...text.split("\n"));
  return lines.join("\n");
}
