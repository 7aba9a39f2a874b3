import { mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { runBuilder } from "./builder";
import { buildInterrupted, installFailed, noPython } from "./refusals";
import { pinsOf, type Tool } from "./tool";

const requirements = "requirements.txt";
const venv = "its module `venv` (Debian: the package python3-venv)";
const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"];

type Named = Pick<Tool, "name">;

/** A program that PyPI has as a wheel. It is no Python, only packed as such: the program alone is kept. */
export function pythonProgram(name: string): Tool {
  return {
    name,
    program: name,
    minutes: 0.2,
    sources: [requirements],
    options: "",
    make: async (work) => {
      const environment = await install({ name }, work);
      mkdirSync(join(work, "out"));
      renameSync(join(environment, "bin", name), join(work, "out", name));
    },
  };
}

/**
 * A Python with packages, every one of them by hash. Its program is the interpreter, which finds its packages from where it is; the
 * scripts beside it name the folder they were made in and are not to be used.
 */
export function pythonPackages(name: string): Tool {
  return {
    name,
    program: join("bin", "python3"),
    minutes: 1,
    sources: [requirements],
    options: "packages",
    make: async (work) => renameSync(await install({ name }, work), join(work, "out")),
  };
}

/** The folder of a virtual environment with what the requirements name. */
async function install(tool: Named, work: string): Promise<string> {
  const environment = join(work, "venv");
  await run(tool, "python3", ["-m", "venv", environment], venv);
  const file = join(pinsOf(tool), requirements);
  const args = [...pip, "--only-binary", ":all:", "--no-deps", "-r", file];
  await run(tool, join(environment, "bin", "python3"), args, "access to PyPI");
  return environment;
}

function run(tool: Named, program: string, args: readonly string[], needed: string): Promise<void> {
  return runBuilder(program, args, {
    cwd: pinsOf(tool),
    missing: () => noPython(tool),
    failed: (said) => installFailed(tool, said, needed),
    interrupted: () => buildInterrupted(tool),
  });
}
