import { link, mkdir, readdir, readFile, stat, unlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { StoreUnavailable } from "./object-store";
import type { Clock } from "../clock";
import { syncFolder, systemCode, writeDurably } from "./durable";

const marker = "flywheel-store.json";
const schema = z.object({ format: z.literal(1), id: z.string().min(1) });
const strayAge = 24 * 60 * 60 * 1000;

/**
 * Makes or finds the store in a folder and returns its identity, a random name that a re-created or unmounted folder lacks.
 * Two processes that make it at once get the same one. Throws StoreUnavailable for a folder that holds something else.
 */
export async function openRoot(folder: string, clock: Clock): Promise<string> {
  await mkdir(join(folder, "tmp"), { recursive: true, mode: 0o700 });
  await mkdir(join(folder, "objects"), { recursive: true, mode: 0o700 });
  const existing = await readIdentity(folder);
  if (existing === undefined) await mark(folder, clock);
  await sweep(join(folder, "tmp"), clock);
  const identity = existing ?? (await readIdentity(folder));
  if (identity === undefined)
    throw new StoreUnavailable(`files in ${folder}`, "its identity vanished while it was made");
  return identity;
}

/** The store's identity; undefined where the folder is gone or was never a store. Throws StoreUnavailable for a foreign one. */
export async function readIdentity(folder: string): Promise<string | undefined> {
  let text: string;
  try {
    text = await readFile(join(folder, marker), "utf8");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
  try {
    return schema.parse(JSON.parse(text)).id;
  } catch {
    throw new StoreUnavailable(`files in ${folder}`, `${marker} is not one of this version of Flywheel`);
  }
}

/** A path for a file on its way into the store. */
export function temporaryFile(folder: string, clock: Clock): string {
  return join(folder, "tmp", clock.uniqueId());
}

async function mark(folder: string, clock: Clock): Promise<void> {
  const present = await readdir(join(folder, "objects"));
  if (present.length > 0)
    throw new StoreUnavailable(
      `files in ${folder}`,
      `it holds objects, but ${marker} is missing; put it back from a backup`,
    );
  const aside = temporaryFile(folder, clock);
  await writeDurably(aside, [Buffer.from(`${JSON.stringify({ format: 1, id: clock.uniqueId() })}\n`)]);
  try {
    await link(aside, join(folder, marker));
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error;
  } finally {
    await unlink(aside);
  }
  await syncFolder(folder);
  await syncFolder(resolve(folder, ".."));
}

/** Removes what killed writers left. A writer that slept for a day fails to link its file and says so; nothing is lost. */
async function sweep(folder: string, clock: Clock): Promise<void> {
  const limit = clock.now().getTime() - strayAge;
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    try {
      if ((await stat(path)).mtimeMs < limit) await unlink(path);
    } catch (error) {
      if (systemCode(error) !== "ENOENT") throw error;
    }
  }
}
