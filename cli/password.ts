import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { Interrupted } from "../lib/signals";
import { UserError } from "../lib/errors";
import { forTerminal } from "../lib/text/terminal";

/**
 * A password that somebody types, twice and unseen, or that comes by stdin (one line). Never an argument: the list of processes
 * and the shell's history would have it. @throws UserError `password-unusable`.
 */
export async function askPassword(whose: string): Promise<string> {
  const password = process.stdin.isTTY ? await typed(`password for ${whose}: `) : await piped();
  if (password === "") throw unusable("it is empty");
  if (/[\p{Cc}]/u.test(password)) throw unusable("it has a line end or another control character in it");
  if (process.stdin.isTTY && (await typed("again: ")) !== password) throw unusable("the two are not the same");
  return password;
}

/** Reads a line from the terminal without showing it. */
function typed(question: string): Promise<string> {
  // readline shows what is typed by writing it: into nothing.
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: unseen, terminal: true, historySize: 0 });
  // Only now: what is typed from here on is not shown any more.
  process.stderr.write(forTerminal(question));
  return new Promise<string>((resolve, reject) => {
    terminal.once("SIGINT", () => reject(new Interrupted("SIGINT")));
    terminal.once("line", resolve);
    terminal.once("close", () => resolve(""));
  }).finally(() => {
    terminal.close();
    process.stderr.write("\n");
  });
}

async function piped(): Promise<string> {
  let text = "";
  process.stdin.setEncoding("utf8");
  for await (const chunk of process.stdin) text += String(chunk);
  return text.replace(/\r?\n$/, "");
}

function unusable(why: string): UserError {
  return new UserError({
    code: "password-unusable",
    what: `this password cannot be used: ${why}`,
    expected: "one line, typed here or given by stdin",
    remedy: "--generate makes one and prints it once",
  });
}
