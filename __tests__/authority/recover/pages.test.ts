import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../../lib/root";
import { runFlywheel } from "../../stacks/synth/child";

const pages = [
  "backup",
  "bucket-index-gone",
  "contract",
  "cutover",
  "errored-tfstate",
  "honey-is-gone",
  "leaving-gitlab",
  "restore-older-state",
  "stuck-lock",
];
const textOf = (page: string) => readFileSync(join(repositoryRoot, "docs", `${page}.md`), "utf8");

const helps = new Map<string, Promise<string>>();
/** What `flywheel <command> --help` prints; "" for a command that does not exist. */
function helpOf(command: string): Promise<string> {
  const known =
    helps.get(command) ??
    runFlywheel([command, "--help"], { cwd: repositoryRoot }).then(({ code, stdout }) => (code === 0 ? stdout : ""));
  helps.set(command, known);
  return known;
}

describe.each(pages)("docs/%s.md", (page) => {
  const text = textOf(page);

  it("begins with a command", () => {
    const [opening = ""] = text.split("\n## ");
    expect(opening).toMatch(/^( {4}(flywheel|export) |```sh$)/m);
  });

  it("names only commands and options that exist", async () => {
    const commands = [...text.matchAll(/(?:^ {4}|bin\/|`)flywheel ([a-z-]+)([^\n`#|]*)/gm)];
    expect(commands.length).toBeGreaterThan(0);
    for (const [shown, command = "", rest = ""] of commands) {
      const help = await helpOf(command);
      expect({ shown, exists: help !== "" }).toEqual({ shown, exists: true });
      for (const [option] of rest.matchAll(/--[a-z-]+/g))
        expect({ shown, option, exists: help.includes(option) }).toEqual({ shown, option, exists: true });
    }
  });

  it("links to pages that are there", () => {
    for (const [, target = ""] of text.matchAll(/\]\(([a-z-]+\.md)\)/g))
      expect({ target, exists: existsSync(join(repositoryRoot, "docs", target)) }).toEqual({ target, exists: true });
  });
});
