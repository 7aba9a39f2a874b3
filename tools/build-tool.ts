import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { UserError } from "../lib/errors";
import { repositoryRoot } from "../lib/root";

/** A program that the lab builds from its pinned Go module. */
export interface Tool {
  /** The folder in lab/tools with go.mod and go.sum. */
  readonly name: string;
  /** The Go package of the program. */
  readonly package: string;
  /** What the built program is called. */
  readonly program: string;
  /** Minutes that a build takes on two cores, for the progress line. */
  readonly minutes: number;
  /** What to install instead, for those who don't want to wait. */
  readonly skippedBy: string;
  /** Linker flags beyond those that make it small. */
  readonly ldflags?: string;
}

export const openTofu: Tool = {
  name: "opentofu",
  package: "github.com/opentofu/opentofu/cmd/tofu",
  program: "tofu",
  minutes: 5,
  skippedBy: "tofu or terraform on PATH",
  // Without it the build calls itself a development version and warns on every run.
  ldflags: "-X github.com/opentofu/opentofu/version.dev=no",
};

/** Where a tool is kept once it is built: outside the clone, by the hash of what it is built from. */
export function builtTool(tool: Tool): string {
  const hash = createHash("sha256");
  for (const file of ["go.mod", "go.sum"]) hash.update(readFileSync(join(sourceOf(tool), file)));
  hash.update(`${tool.package} ${tool.ldflags ?? ""} ${process.platform} ${process.arch}`);
  const cache = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  return join(cache, "flywheel", "tools", `${tool.name}-${hash.digest("hex").slice(0, 16)}`, tool.program);
}

/**
 * Builds a tool unless it is there, and returns its path. A build that is interrupted leaves nothing but Go's own cache, so the
 * next one goes on from there; two at once both succeed.
 * @throws UserError where Go is missing or the build fails.
 */
export async function buildTool(tool: Tool, progress: (line: string) => void): Promise<string> {
  const target = builtTool(tool);
  if (existsSync(target)) return target;
  progress(
    `building ${tool.program} from its Go module, once: some ${tool.minutes} minutes (${tool.skippedBy} skips this)`,
  );
  const cache = join(target, "..", "..");
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, ".build-"));
  const remove = () => rmSync(work, { recursive: true, force: true });
  process.on("exit", remove);
  try {
    for (const file of ["go.mod", "go.sum"]) copyFileSync(join(sourceOf(tool), file), join(work, file));
    const built = join(work, "out", tool.program);
    await go(
      [
        "build",
        "-mod=readonly",
        "-trimpath",
        "-buildvcs=false",
        "-ldflags",
        `-s -w ${tool.ldflags ?? ""}`,
        "-o",
        built,
        tool.package,
      ],
      work,
      tool,
      progress,
    );
    mkdirSync(join(target, ".."), { recursive: true });
    renameSync(built, target);
    return target;
  } finally {
    process.off("exit", remove);
    remove();
  }
}

function sourceOf(tool: Tool): string {
  return join(repositoryRoot, "tools", "modules", tool.name);
}

/** Runs go, and says every half minute that it still does. */
function go(args: readonly string[], folder: string, tool: Tool, progress: (line: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const started = process.hrtime.bigint();
    const child = spawn("go", args, {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, GOFLAGS: "", GOWORK: "off" },
    });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-4000)));
    const timer = setInterval(
      () =>
        progress(
          `still building ${tool.program}: ${Math.round(Number(process.hrtime.bigint() - started) / 6e10)} of some ${tool.minutes} minutes`,
        ),
      30_000,
    );
    const stop = () => child.kill("SIGTERM");
    process.once("SIGINT", stop).once("SIGTERM", stop);
    const done = () => {
      clearInterval(timer);
      process.off("SIGINT", stop).off("SIGTERM", stop);
    };
    child.on("error", () => {
      done();
      reject(
        new UserError({
          code: "no-go",
          what: `${tool.program} is built with Go, and there is no \`go\` on PATH`,
          expected: "Go >= 1.21 (it fetches the version it needs)",
          remedy: `Install Go, or ${tool.skippedBy}`,
        }),
      );
    });
    child.on("close", (code, signal) => {
      done();
      if (code === 0) return resolve();
      const line = said.trim().split("\n").at(-1) ?? "";
      const what =
        signal === null
          ? `the build of ${tool.program} failed: ${line}`
          : `the build of ${tool.program} was interrupted`;
      reject(
        new UserError({
          code: "build-failed",
          what,
          expected: "a build",
          remedy: "Run the same command again: it goes on where it stopped",
        }),
      );
    });
  });
}
