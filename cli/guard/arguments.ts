import { resolve } from "node:path";

/** An engine's command line, as far as the guard has to understand it. */
export interface EngineArguments {
  /** Where the engine works: `-chdir` or the current folder. */
  readonly folder: string;
  /** `apply`, `state rm`, `workspace select`; undefined where there is none, as in `tofu -version`. */
  readonly command: string | undefined;
  /** The options' names, with one dash and without their values: `-migrate-state`. */
  readonly options: ReadonlySet<string>;
  /** The options as they were typed. */
  readonly typed: readonly string[];
  readonly asksForHelp: boolean;
}

/** These are told apart by their second word. */
const families = ["state", "workspace", "providers"];

/** Older words that the engines still know. */
const aliases: Readonly<Record<string, string>> = { env: "workspace" };

/** Reads a command line as the engines do: `-chdir` counts before the command alone, and options may have one dash or two. */
export function readArguments(args: readonly string[], cwd: string): EngineArguments {
  const first = args.findIndex((arg) => !arg.startsWith("-"));
  const before = first < 0 ? args : args.slice(0, first);
  const chdir = before.findLast((arg) => arg.startsWith("-chdir="));
  const rest = first < 0 ? [] : args.slice(first);
  const end = rest.indexOf("--");
  const typed = (end < 0 ? rest : rest.slice(0, end)).filter((arg) => arg.startsWith("-") && arg !== "-");
  const names = [...before, ...typed].map((arg) => arg.replace(/^--/, "-").replace(/=.*$/s, ""));
  const [typedWord] = rest;
  const word = typedWord === undefined ? undefined : (aliases[typedWord] ?? typedWord);
  const second = rest.slice(1).find((arg) => !arg.startsWith("-"));
  return {
    folder: resolve(cwd, chdir?.slice("-chdir=".length) ?? "."),
    command: word !== undefined && families.includes(word) && second !== undefined ? `${word} ${second}` : word,
    options: new Set(names),
    typed,
    asksForHelp: names.some((name) => ["-h", "-help"].includes(name)),
  };
}
