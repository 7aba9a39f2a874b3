import { visible } from "./visible";

/**
 * Text that somebody else wrote (a lock's holder, a server's answer, a file's contents, a value of a state), as one line of a terminal:
 * control and direction characters, line ends and everything else that is not seen are written out as escapes. Nothing is deleted.
 */
export function forTerminal(text: string): string {
  return visible(text);
}

/** The same for a text of several lines: its line ends stay (`\r\n` counts as one), so it can begin a line of its own. */
export function linesForTerminal(text: string): string {
  return visible(text.replaceAll("\r\n", "\n"), "keep line ends");
}

/** JSON that can be shown on a terminal: what is not seen is written as JSON's own escapes, so it parses to the same data. */
export function jsonForTerminal(json: string): string {
  return json.replace(/[^\n -~]/gu, (character) =>
    visible(character) === character
      ? character
      : [...Array(character.length).keys()].map((at) => unit(character, at)).join(""),
  );
}

function unit(text: string, at: number): string {
  return `\\u${text.charCodeAt(at).toString(16).padStart(4, "0")}`;
}
