import { styleText } from "node:util";

/** Whether a person looks at a terminal that wants colour (https://no-color.org). */
export function wantsColour(stream: NodeJS.WriteStream = process.stdout): boolean {
  return stream.isTTY && (process.env["NO_COLOR"] ?? "") === "";
}

/** Colour where it is wanted. */
export function paint(
  format: "bold" | "dim" | "green" | "red" | "yellow" | "cyan",
  text: string,
  stream: NodeJS.WriteStream = process.stdout,
): string {
  return wantsColour(stream) ? styleText(format, text) : text;
}

/** Results go to stdout. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Progress, notes and errors go to stderr, so that stdout stays what a program can read. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

let jsonPrinted = false;

/** One JSON document on stdout: a second call prints nothing, since a reader takes one. */
export function printJson(document: unknown): void {
  if (!jsonPrinted) print(JSON.stringify(document, null, 2));
  jsonPrinted = true;
}

/** Rows as columns, two spaces apart. */
export function table(rows: readonly (readonly string[])[]): string {
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
