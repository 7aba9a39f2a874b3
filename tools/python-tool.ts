import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { UserError } from "../lib/errors";
import { repositoryRoot } from "../lib/root";

/**
 * The path of a program that PyPI has as a wheel, pinned by hash in tools/modules/<name>/requirements.txt; installed once, in a
 * virtual environment of its own outside the clone. An interrupted installation leaves nothing.
 * @throws UserError where there is no python3, or the installation fails.
 */
export function pythonTool(name: string, progress: (line: string) => void): string {
  const requirements = join(repositoryRoot, "tools", "modules", name, "requirements.txt");
  const hash = createHash("sha256")
    .update(readFileSync(requirements))
    .update(`${process.platform} ${process.arch}`)
    .digest("hex")
    .slice(0, 16);
  const cache = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "flywheel", "tools");
  const program = join(cache, `${name}-${hash}`, name);
  if (existsSync(program)) return program;
  progress(`installing ${name} from PyPI, once: some ten seconds`);
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, ".install-"));
  try {
    python(name, ["-m", "venv", join(work, "venv")], "its module `venv` (Debian: the package python3-venv)");
    run(
      name,
      join(work, "venv", "bin", "python3"),
      [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
        "--only-binary",
        ":all:",
        "--no-deps",
        "-r",
        requirements,
      ],
      "access to PyPI",
    );
    mkdirSync(dirname(program), { recursive: true });
    // The program alone: it is no Python, only packed as such, and a virtual environment can't be moved.
    renameSync(join(work, "venv", "bin", name), program);
    return program;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function python(name: string, args: readonly string[], needed: string): void {
  if (spawnSync("python3", ["--version"], { env: process.env }).error !== undefined) {
    throw new UserError({
      code: "no-python",
      what: `${name} is installed with Python, and there is no \`python3\` on PATH`,
      expected: "Python 3.9 or newer, with its module `venv`",
    });
  }
  run(name, "python3", args, needed);
}

function run(name: string, command: string, args: readonly string[], needed: string): void {
  const { status, stderr } = spawnSync(command, args, { env: process.env, encoding: "utf8" });
  if (status === 0) return;
  throw new UserError({
    code: "install-failed",
    what: `${name} cannot be installed: ${stderr.trim().split("\n").at(-1) ?? ""}`,
    expected: `Python 3.9 or newer, and ${needed}`,
  });
}
