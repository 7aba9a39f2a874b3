/** What differs from run to run and from machine to machine: times, hashes and random names, ports, which engine. Counts do not. */
const varying: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?: \+0000)?(?:Z| UTC)?/g, "<time>"],
  [/\b\d{8}T\d{6,9}Z/g, "<time>"],
  [/\b\d+(?:\.\d+)? ?(?:ms|s|min|h|days?|seconds?|minutes?|hours?)(?![\w-])/g, "<duration>"],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, "<id>"],
  [/\b(?=[a-f]*\d)[0-9a-f]{7,64}\b/g, "<hash>"],
  [/\bage1[0-9a-z]{50,}\b/g, "<recipient>"],
  [/\b(127\.0\.0\.1|localhost):\d+/g, "$1:<port>"],
  [/\/flywheel-(?:[a-z0-9]+-)*\w{6}\b/g, "/<folder>"],
  [/\b(?:OpenTofu|Terraform|tofu|terraform)\b(?!-)/g, "<engine>"],
];

/** Whether `printed` is what a page shows, but for what varies and for the spaces of tables. */
export function isAsShown(shown: string, printed: string): boolean {
  return patternOf(comparable(shown)).test(comparable(printed));
}

/** A text as it is compared. */
export function comparable(text: string): string {
  const plain = varying.reduce((rest, [pattern, name]) => rest.replace(pattern, name), text);
  const lines = plain.split("\n").map((line) => line.replace(/\s+/g, " ").trimEnd());
  return `${lines
    .join("\n")
    .replace(/\n{2,}/g, "\n")
    .trim()}\n`;
}

/** `...` alone in a line is any lines, in a line any text. */
function patternOf(shown: string): RegExp {
  const lines = shown
    .trimEnd()
    .split("\n")
    .map((line) =>
      line.trim() === "..."
        ? "(?:[^\\n]*\\n)*"
        : `${line
            .split("...")
            .map((part) => part.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"))
            .join("[^\\n]*")}\\n`,
    );
  return new RegExp(`^${lines.join("")}$`);
}
