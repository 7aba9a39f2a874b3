import { open } from "node:fs/promises";
import { dirname } from "node:path";

/** Writes a new file and returns when its bytes are on the disk. Throws EEXIST where the name is taken. */
export async function writeDurably(path: string, parts: readonly Buffer[]): Promise<void> {
  const handle = await open(path, "wx", 0o600);
  try {
    for (const part of parts) await handle.writeFile(part);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Returns when the names in a folder are on the disk: a linked or removed file is durable only after this. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the way from `folder` up to `root` durable, both included. */
export async function syncFoldersUpTo(root: string, folder: string): Promise<void> {
  for (let current = folder; ; current = dirname(current)) {
    await syncFolder(current);
    if (current === root || current === dirname(current)) return;
  }
}

/** The error code of a failed system call ("ENOENT"), undefined for any other error. */
export function systemCode(error: unknown): string | undefined {
  // Told by its fields: Node's own errors are not an `instanceof Error` inside a VM context, where jest runs.
  if (typeof error !== "object" || error === null || !("syscall" in error && "code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
