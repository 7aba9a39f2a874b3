import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { homeFolder } from "../lib/home";
import { repositoryRoot } from "../lib/root";
import { noHomeForTools, toolMissing } from "./refusals";

/** Told what is going on, a line at a time. */
export type Progress = (line: string) => void;

/** A program that the tests, the lab or CI need, made from what tools/modules/<name> pins. */
export interface Tool {
  /** The folder in tools/modules with what it is made from. */
  readonly name: string;
  /** The program, as a path in the folder that `make` leaves. */
  readonly program: string;
  /** Minutes that it takes on two idle cores with nothing cached. */
  readonly minutes: number;
  /** What to install instead, for those who don't want to wait; undefined where there is nothing. */
  readonly skippedBy?: string;
  /** The make target that makes it. @default tools */
  readonly target?: string;
  /** The files of tools/modules/<name> that it is made from. */
  readonly sources: readonly string[];
  /** What else decides what comes out. */
  readonly options: string;
  /** Leaves the tool's folder as `out` in the empty folder `work`. It may be killed at any instant. @throws UserError */
  readonly make: (work: string, progress: Progress) => Promise<void>;
}

/** Where a tool's pins are. */
export function pinsOf(tool: Pick<Tool, "name">): string {
  return join(repositoryRoot, "tools", "modules", tool.name);
}

/**
 * The folder of all tools of this machine, outside the clone: FLYWHEEL_TOOLS, or `flywheel/tools` in the user's cache.
 * @throws UserError `no-home-for-tools` for a user without a home.
 */
export function toolsFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const named = environment["FLYWHEEL_TOOLS"];
  if (named !== undefined && named !== "") return named;
  const cache = environment["XDG_CACHE_HOME"];
  if (cache !== undefined && cache !== "") return join(cache, "flywheel", "tools");
  const home = homeFolder(environment);
  if (home === undefined) throw noHomeForTools();
  return join(home, ".cache", "flywheel", "tools");
}

/** The folder of one tool, named by the hash of all that it is made from: another version never replaces this one. */
export function folderOf(tool: Tool): string {
  const hash = createHash("sha256");
  for (const file of tool.sources) hash.update(readFileSync(join(pinsOf(tool), file)));
  hash.update(`${tool.options} ${process.platform} ${process.arch}`.trim());
  return join(toolsFolder(), `${tool.name}-${hash.digest("hex").slice(0, 16)}`);
}

/** Where a tool's program is, or will be. */
export function pathOf(tool: Tool): string {
  return join(folderOf(tool), tool.program);
}

/** A tool's program, for who must not build: tests, and all that they start. @throws UserError `tool-missing` */
export function builtTool(tool: Tool): string {
  const path = pathOf(tool);
  if (!existsSync(path)) throw toolMissing(tool);
  return path;
}
