import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { Interrupted } from "../lib/signals";
import { forTerminal } from "../lib/text/terminal";
import { passwordUnusable } from "./refusals";

/**
 * A password that somebody types, twice and unseen, or that comes by stdin (one line). Never an argument: the list of processes
 * and the shell's history would have it. @throws UserError `password-unusable`.
 */
export async function askPassword(whose: string): Promise<string> {
  const password = process.stdin.isTTY ? await typed(`password for ${whose}: `) : await piped();
  if (password === "") throw passwordUnusable("it is empty");
  if (/[\p{Cc}]/u.test(password)) throw passwordUnusable("it has a line end or another control character in it");
  if (process.stdin.isTTY && (await typed("again: ")) !== password) throw passwordUnusable("the two are not the same");
  return password;
}

/** Reads a line from the terminal without showing it. */
function typed(question: string): Promise<string> {
  // readline echoes what is typed to its output, which drops it.
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: unseen, terminal: true, historySize: 0 });
  // After readline has the terminal: what is typed from here on is not shown.
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
