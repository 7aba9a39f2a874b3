import { createInterface } from "node:readline";
import { Interrupted, whileRunning } from "../lib/signals";

/**
 * Asks on the terminal, by stderr, and returns the line; "" where stdin ends without one.
 * @throws Interrupted for Ctrl-C, which a terminal in raw mode sends as a character, and after any other signal.
 */
export function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  let release: () => void = () => undefined;
  return new Promise<string>((resolve, reject) => {
    release = whileRunning({ description: "the question", interrupt: (signal) => reject(new Interrupted(signal)) });
    terminal.once("SIGINT", () => reject(new Interrupted("SIGINT")));
    terminal.once("close", () => resolve(""));
    terminal.question(question, resolve);
  }).finally(() => {
    release();
    terminal.close();
  });
}
