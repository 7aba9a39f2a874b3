import { randomUUID } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { notWritten } from "./refusals";
import { holdSignals } from "./signals";

/**
 * Writes a file whole or not at all: a temporary file beside it, fsync, rename. `mode` is the file's permission.
 * @throws UserError where the disk refuses (full, no permission).
 */
export function writeFileAtomically(file: string, content: string | Buffer, mode = 0o644): void {
  // A link stays one: what it points to is replaced.
  const target = existsSync(file) ? realpathSync(file) : file;
  const temporary = join(dirname(target), `.${basename(target)}.${randomUUID()}.tmp`);
  try {
    // Never a file that is there already: it would keep its own mode.
    const descriptor = openSync(temporary, "wx", mode);
    try {
      const bytes = typeof content === "string" ? Buffer.from(content) : content;
      for (let offset = 0; offset < bytes.length;) offset += writeSync(descriptor, bytes, offset);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, target);
    syncFolder(dirname(target));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw notWritten(file, error);
  }
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

const temporaryFolders = new Set<string>();

/** Runs `work` in a private temporary folder (mode 0700) that is gone afterwards, also after an interrupt. */
export async function withTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "flywheel-"));
  if (temporaryFolders.size === 0) process.on("exit", removeAll);
  temporaryFolders.add(folder);
  // By itself a signal ends Node without "exit".
  const release = holdSignals();
  try {
    return await work(folder);
  } finally {
    remove(folder);
    temporaryFolders.delete(folder);
    if (temporaryFolders.size === 0) process.off("exit", removeAll);
    release();
  }
}

function removeAll(): void {
  for (const folder of temporaryFolders) remove(folder);
}

function remove(folder: string): void {
  // Tried again where a program that is just ending wrote into it meanwhile.
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
}
