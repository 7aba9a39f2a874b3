import { randomUUID } from "node:crypto";
import { styleText } from "node:util";
import { forTerminal, jsonForTerminal, linesForTerminal } from "../lib/text/terminal";

/** Whether a person looks at a terminal that wants colour (https://no-color.org). */
export function wantsColour(stream: NodeJS.WriteStream = process.stdout): boolean {
  return stream.isTTY && (process.env["NO_COLOR"] ?? "") === "";
}

/** Stands for the escape character in colours of ours until they are printed: no text of others knows it. */
const ourEscape = randomUUID();

/** Colour where it is wanted, for `print` and `note`: they print no other escape sequence. */
export function paint(
  format: "bold" | "dim" | "green" | "red" | "yellow" | "cyan",
  text: string,
  stream: NodeJS.WriteStream = process.stdout,
): string {
  return wantsColour(stream) ? styleText(format, linesForTerminal(text)).replaceAll("\u001b", ourEscape) : text;
}

/** Results go to stdout, with everything that is not seen written as an escape. A line of others' text goes through `forTerminal` first. */
export function print(text: string): void {
  process.stdout.write(`${written(text)}\n`);
}

/** A document for a program, byte for byte; for people, where stdout is a terminal, as `print` does. */
export function printDocument(text: string): void {
  process.stdout.write(process.stdout.isTTY ? written(text) : text);
}

/** Progress, notes and errors go to stderr, so that stdout stays what a program can read. */
export function note(text: string): void {
  process.stderr.write(`${written(text)}\n`);
}

function written(text: string): string {
  return linesForTerminal(text).replaceAll(ourEscape, "\u001b");
}

let jsonPrinted = false;

/** One JSON document on stdout: a second call prints nothing, since a reader takes one. */
export function printJson(document: unknown): void {
  if (!jsonPrinted) print(jsonForTerminal(JSON.stringify(document, null, 2)));
  jsonPrinted = true;
}

/** Rows as columns, two spaces apart, each on one line. */
export function table(texts: readonly (readonly string[])[]): string {
  const rows = texts.map((row) => row.map(forTerminal));
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
