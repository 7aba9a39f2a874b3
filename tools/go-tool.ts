import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { runBuilder } from "./builder";
import { buildFailed, buildInterrupted, noGo } from "./refusals";
import { pinsOf, type Tool } from "./tool";

interface GoToolOptions extends Pick<Tool, "name" | "program" | "minutes" | "skippedBy" | "target"> {
  /** The Go package of the program; `.` where its source lies beside go.mod. */
  readonly package: string;
  /** Linker flags beyond those that make it small. */
  readonly ldflags?: string;
  /** Go files of our own beside go.mod. @default none */
  readonly ownFiles?: readonly string[];
}

/** A tool that is compiled from a Go module at the versions that tools/modules/<name>/go.mod and go.sum pin. */
export function goTool(options: GoToolOptions): Tool {
  const sources = ["go.mod", "go.sum", ...(options.ownFiles ?? [])];
  const flags = ["-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", `-s -w ${options.ldflags ?? ""}`];
  return {
    ...options,
    sources,
    options: `${options.package} ${options.ldflags ?? ""}`,
    make: (work) => {
      for (const file of sources) copyFileSync(join(pinsOf(options), file), join(work, file));
      return runBuilder("go", ["build", ...flags, "-o", join("out", options.program), options.package], {
        cwd: work,
        env: { ...process.env, GOFLAGS: "", GOWORK: "off" },
        missing: () => noGo(options),
        failed: (said) => buildFailed(options, said),
        interrupted: () => buildInterrupted(options),
      });
    },
  };
}
