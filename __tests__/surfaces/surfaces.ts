import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../lib/root";

interface Surface {
  readonly name: string;
  readonly text: string;
}

/** What an operator is shown without asking for a legacy: pages, targets, workflows, examples, configuration. */
const shown = /^(README\.md|Makefile|\.envrc|\.ci\/.*|docs\/.*|\.github\/.*|examples\/.*|config\/.*|policy\/.*)$/;

/** The files of this repository that are surfaces, those not yet committed too. */
export function fileSurfaces(): readonly Surface[] {
  const { stdout } = spawnSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], {
    cwd: repositoryRoot,
    encoding: "utf8",
  });
  const names = stdout
    .split("\0")
    .filter((name) => shown.test(name) && existsSync(join(repositoryRoot, name)))
    .sort();
  return names.map((name) => ({ name, text: readFileSync(join(repositoryRoot, name), "utf8") }));
}

/** The help of the program, of each command that it lists, and of make. */
export function helpSurfaces(): readonly Surface[] {
  const root = help([]);
  const commands = [...root.text.matchAll(/^ {2}([a-z][a-z-]*) /gm)].flatMap(([, command]) =>
    command === undefined || command === "help" ? [] : [command],
  );
  return [root, ...commands.map((command) => help([command])), { name: "make help", text: run("make", ["help"]) }];
}

function help(args: readonly string[]): Surface {
  return {
    name: ["flywheel", ...args, "--help"].join(" "),
    text: run(process.execPath, [join(repositoryRoot, "bin", "flywheel"), ...args, "--help"]),
  };
}

function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: repositoryRoot, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
  return stdout;
}
