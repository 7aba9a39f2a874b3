import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from "node:fs";
import { basename, join } from "node:path";
import { withLock } from "./lock";
import { folderOf, pathOf, type Progress, type Tool, toolsFolder } from "./tool";

/**
 * Makes a tool unless it is there, and returns its program's path. One process of this machine makes it, others wait and say for whom. What
 * is made appears whole or not at all; what a killed process left is removed by the next one, and compiled parts are in Go's own cache.
 * @throws UserError where something is missing, or it fails.
 */
export async function buildTool(tool: Tool, progress: Progress): Promise<string> {
  const [path, folder] = [pathOf(tool), folderOf(tool)];
  if (existsSync(path)) return path;
  mkdirSync(toolsFolder(), { recursive: true });
  const since = new Date().toISOString().slice(11, 16);
  const purpose = `building it since ${since} UTC, ${expected(tool)}, process ${process.pid}`;
  const waiting = (holder: string) => progress(`waiting for ${tool.name}, which another process makes: ${holder}`);
  await withLock(join(toolsFolder(), `.${basename(folder)}.lock`), { purpose, waiting }, async () => {
    if (existsSync(path)) return;
    const skip = tool.skippedBy === undefined ? "" : ` (${tool.skippedBy} skips this)`;
    progress(`building ${tool.name}, once: ${expected(tool)}${skip}`);
    await make(tool, progress);
  });
  return path;
}

function expected({ minutes }: Tool): string {
  return minutes < 1 ? "less than a minute" : `some ${minutes} minutes`;
}

/** With the lock held. */
async function make(tool: Tool, progress: Progress): Promise<void> {
  const folder = folderOf(tool);
  const prefix = `.making-${basename(folder)}-`;
  for (const left of readdirSync(toolsFolder()).filter((name) => name.startsWith(prefix)))
    rmSync(join(toolsFolder(), left), { recursive: true, force: true });
  const work = mkdtempSync(join(toolsFolder(), prefix));
  const remove = () => rmSync(work, { recursive: true, force: true });
  process.on("exit", remove);
  const started = process.hrtime.bigint();
  const minutes = () => (Number(process.hrtime.bigint() - started) / 6e10).toFixed(1);
  const timer = setInterval(
    () => progress(`still building ${tool.name}: ${minutes()} minutes; expected: ${expected(tool)}`),
    30_000,
  );
  try {
    await tool.make(work, progress);
    sync(join(work, "out", tool.program));
    // A folder without its program is what an older version of this code left, or a person.
    rmSync(folder, { recursive: true, force: true });
    renameSync(join(work, "out"), folder);
    progress(`built ${tool.name} in ${minutes()} minutes`);
  } finally {
    clearInterval(timer);
    process.off("exit", remove);
    remove();
  }
}

function sync(file: string): void {
  const descriptor = openSync(file, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
