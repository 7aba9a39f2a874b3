import { createInterface } from "node:readline";
import { Interrupted } from "../lib/signals";

/**
 * Asks on the terminal, by stderr, and returns the line; "" where stdin ends without one.
 * @throws Interrupted for Ctrl-C, which a terminal in raw mode sends as a character.
 */
export function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise<string>((resolve, reject) => {
    terminal.once("SIGINT", () => reject(new Interrupted("SIGINT")));
    terminal.once("close", () => resolve(""));
    terminal.question(question, resolve);
  }).finally(() => terminal.close());
}
