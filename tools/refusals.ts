import { UserError } from "../lib/errors";

/** The tool that a refusal is about. */
interface Named {
  readonly name: string;
}

const again = "Run the same command again: it goes on where it stopped";

/** Something that builds nothing needs a tool that is not there. */
export function toolMissing(tool: Named & { readonly target?: string }): UserError {
  const target = tool.target ?? "tools";
  return new UserError({
    code: "tool-missing",
    what: `${tool.name} is not built on this machine yet`,
    expected: `the tools of \`make ${target}\``,
    remedy: `Run: make ${target}`,
  });
}

/** Built tools are kept in the user's cache, and this user has no home folder. */
export function noHomeForTools(): UserError {
  return new UserError({
    code: "no-home-for-tools",
    what: "this user has no home folder, where built tools are kept",
    expected: "HOME, XDG_CACHE_HOME, or a folder for them",
    remedy: "export FLYWHEEL_TOOLS=/var/cache/flywheel-tools",
  });
}

/** A name that `make tools` was given. */
export function unknownTool(name: string, known: readonly string[]): UserError {
  return new UserError({
    code: "unknown-tool",
    what: `there is no tool "${name}"`,
    expected: `one of ${known.join(", ")}`,
  });
}

export function noGo(tool: Named & { readonly skippedBy?: string }): UserError {
  return new UserError({
    code: "no-go",
    what: `${tool.name} is built with Go, and there is no \`go\` on PATH`,
    expected: "Go >= 1.21 (it fetches the version it needs)",
    remedy: `Install Go${tool.skippedBy === undefined ? "" : `, or have ${tool.skippedBy}`}`,
  });
}

/** `said`: the last line of the builder. */
export function buildFailed(tool: Named, said: string): UserError {
  return new UserError({
    code: "build-failed",
    what: `the build of ${tool.name} failed: ${said}`,
    expected: "a build",
    remedy: again,
  });
}

export function buildInterrupted(tool: Named): UserError {
  return new UserError({
    code: "build-interrupted",
    what: `the build of ${tool.name} was interrupted`,
    expected: "a build",
    remedy: again,
  });
}

export function noPython(tool: Named): UserError {
  return new UserError({
    code: "no-python",
    what: `${tool.name} is installed with Python, and there is no \`python3\` on PATH`,
    expected: "Python 3.10 or newer, with its module `venv`",
  });
}

/** `needed`: what must be there beside Python. */
export function installFailed(tool: Named, said: string, needed: string): UserError {
  return new UserError({
    code: "install-failed",
    what: `${tool.name} cannot be installed: ${said}`,
    expected: `Python 3.10 or newer, and ${needed}`,
  });
}

/** Neither program that can hold a lock of the kernel is there. */
export function noLockProgram(names: readonly string[]): UserError {
  return new UserError({
    code: "no-lock-program",
    what: "no program on PATH can hold a file lock",
    expected: names.join(" or "),
    remedy: "Install util-linux (flock) or perl",
  });
}

export function lockFailed(file: string, said: string): UserError {
  return new UserError({
    code: "lock-failed",
    file,
    what: `cannot be locked: ${said}`,
    expected: "a folder that this user can write to",
  });
}
