import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { UserError } from "../../lib/errors";
import { type S3Server, type S3ServerOptions, startS3Server } from "./s3-server";

const version = "5.2.5";
const run = promisify(execFile);

/** Starts moto, AWS's interfaces in memory: for tests of what a second implementation of S3 does. It needs python3. */
export async function startMoto(options: S3ServerOptions = {}): Promise<S3Server> {
  const python = await motoPython(options.progress ?? (() => undefined));
  return startS3Server(
    {
      program: python,
      args: ({ port }) => ["-m", "moto.server", "-H", "127.0.0.1", "-p", String(port)],
      env: () => ({}),
    },
    options,
  );
}

/** The Python of an environment with moto in it, made once in the cache. @throws UserError where python3 or the package is out of reach. */
async function motoPython(progress: (line: string) => void): Promise<string> {
  const cache = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "flywheel", "tools");
  const target = join(cache, `moto-${version}`);
  const python = join(target, "bin", "python3");
  if (existsSync(python)) return python;
  progress(`installing moto ${version} from PyPI, once`);
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, ".moto-"));
  try {
    await run("python3", ["-m", "venv", work]);
    await run(join(work, "bin", "python3"), [
      "-m",
      "pip",
      "install",
      "--quiet",
      "--disable-pip-version-check",
      `moto[server,s3]==${version}`,
    ]);
    // Its scripts name the folder they were made in, so they are not used; the interpreter finds its packages from where it is.
    if (!existsSync(target)) renameSync(work, target);
    return python;
  } catch (error) {
    throw new UserError({
      code: "no-moto",
      what: `moto ${version} can't be installed: ${error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error)}`,
      expected: "python3 with venv and pip, and PyPI or its mirror",
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
