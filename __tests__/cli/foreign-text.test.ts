import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describeLock } from "../../authority/state/lock-info";
import { note, paint, print, printJson, table } from "../../cli/terminal";
import { formatProblem, type Problem, UserError } from "../../lib/errors";
import { repositoryRoot } from "../../lib/root";

const hostile = "ann\u001b[2J\u001b[1;1H\u202egnp.exe\u0007\nattic is free";
const written = "ann\\u001b[2J\\u001b[1;1H\\u202egnp.exe\\u0007\\nattic is free";

test("a lock's holder is one visible line, whatever its client wrote", () => {
  const info = { ID: "1", Operation: "apply\r", Info: "", Who: hostile, Version: "", Created: "x\u009b0m", Path: "" };
  expect(describeLock(info)).toBe(`${written} (apply\\r, since x\\u009b0m, lock 1)`);
});

test("an error shows what others wrote, and no line of theirs begins where ours do", () => {
  const problem: Problem = {
    code: "internal",
    file: "a\u202e.yaml",
    what: `it says ${hostile}`,
    expected: "b\nc",
    remedy: "d\ne",
  };
  const lines = formatProblem(problem).split("\n");
  expect(lines.slice(1).every((line) => line.startsWith("  "))).toBe(true);
  expect(lines[0]).toBe("a\\u202e.yaml: it says ann\\u001b[2J\\u001b[1;1H\\u202egnp.exe\\u0007");
  expect(new UserError(problem).message).toBe(formatProblem(problem));
});

test("a cell of a table stays on its line", () => {
  expect(
    table([
      ["stack", "lock"],
      ["attic", hostile],
    ]).split("\n"),
  ).toEqual(["stack  lock", `attic  ${written}`]);
});

test("stdout and stderr get no escape sequence but a colour of ours", () => {
  const out: string[] = [];
  const spies = [process.stdout, process.stderr].map((stream) =>
    jest.spyOn(stream, "write").mockImplementation((text) => out.push(String(text)) > 0),
  );
  const { isTTY } = process.stdout;
  const { NO_COLOR } = process.env;
  try {
    process.stdout.isTTY = true;
    delete process.env["NO_COLOR"];
    print(`${paint("red", `x${hostile}`)}${hostile}`);
    note(hostile);
    printJson({ who: hostile });
  } finally {
    process.stdout.isTTY = isTTY;
    if (NO_COLOR !== undefined) process.env["NO_COLOR"] = NO_COLOR;
    spies.forEach((spy) => spy.mockRestore());
  }
  const inLines = written.replace("\\n", "\n");
  expect(out.slice(0, 2)).toEqual([`\u001b[31mx${inLines}\u001b[39m${inLines}\n`, `${inLines}\n`]);
  expect(out[2]).not.toMatch(/[^\n -~]/);
  expect(JSON.parse(out[2] ?? "")).toEqual({ who: hostile });
});

/** What writes by itself: it shows nothing that others wrote, or bytes that a program reads. */
const writesItself = [
  "cli/terminal.ts",
  "cli/password.ts",
  // A mask must be the very bytes of the secret.
  "cli/commands/with-secrets.ts",
  "cli/commands/comment.ts",
  "cli/commands/preview-base.ts",
];

test("a command prints by print, note and printJson alone", () => {
  const files = sourcesIn("cli").filter((file) =>
    /process\.(stdout|stderr)\.write|console\./.test(readFileSync(join(repositoryRoot, file), "utf8")),
  );
  expect(files.filter((file) => !writesItself.includes(file))).toEqual([]);
});

function sourcesIn(folder: string): readonly string[] {
  return readdirSync(join(repositoryRoot, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => join(folder, file));
}
