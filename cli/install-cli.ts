import { lstatSync, mkdirSync, readlinkSync, realpathSync, renameSync, symlinkSync } from "node:fs";
import { delimiter, join } from "node:path";
import { UserError } from "../lib/errors";
import { homeFolder } from "../lib/home";
import { repositoryRoot } from "../lib/root";
import { fileInTheWay, nowhereToInstall } from "./refusals";
import { note, print } from "./terminal";

/**
 * Puts `flywheel` into FLYWHEEL_BIN (default ~/.local/bin): a link to this clone's program, so that it is always the version that
 * is checked out. A link of another clone is replaced; anything else that is there is not.
 * @throws UserError `file-in-the-way`, `no-home-folder`.
 */
function install(environment: NodeJS.ProcessEnv): void {
  const home = homeFolder(environment);
  const folder = environment["FLYWHEEL_BIN"] || (home === undefined ? undefined : join(home, ".local", "bin"));
  if (folder === undefined) throw nowhereToInstall();
  const [link, target] = [join(folder, "flywheel"), join(repositoryRoot, "bin", "flywheel")];
  mkdirSync(folder, { recursive: true });
  const there = lstatSync(link, { throwIfNoEntry: false });
  if (there !== undefined && !(there.isSymbolicLink() && readlinkSync(link).endsWith("/bin/flywheel")))
    throw fileInTheWay(link);
  const temporary = `${link}.${process.pid}`;
  symlinkSync(target, temporary);
  renameSync(temporary, link);
  print(`${link} is this clone's flywheel`);
  if (!onPath(folder, environment))
    print(`It is not on PATH yet: add the line  export PATH="${folder}:$PATH"  to your shell's profile`);
  print("Next: flywheel preview");
}

function onPath(folder: string, environment: NodeJS.ProcessEnv): boolean {
  const real = realpathSync(folder);
  return (environment["PATH"] ?? "").split(delimiter).some((part) => part === folder || part === real);
}

try {
  install(process.env);
} catch (error) {
  note(error instanceof UserError ? error.message : String(error));
  process.exitCode = 1;
}
