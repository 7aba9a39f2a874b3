import { mkdir, link, readdir, readFile, unlink } from "node:fs/promises";
import { join } from "node:path";
import { ownFolder } from "../../lib/config/backends/object-key";
import { lockSuffix } from "../state/lock-info";
import {
  StoreConflict,
  StoreUnavailable,
  type ObjectMetadata,
  type ObjectStore,
  type StoredObject,
  type StoredVersion,
} from "./object-store";
import { systemClock, type Clock } from "../clock";
import { syncFolder, syncFoldersUpTo, systemCode, writeDurably } from "./durable";
import { parseListing, versionsFolder, type Listing } from "./file-layout";
import { openRoot, readIdentity, temporaryFile } from "./file-root";
import { DamagedVersion, decodeVersion, encodeVersion, readHeader } from "./file-version";

interface FileStoreOptions {
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** How many versions of a key stay at least. Default: all of them, of a lock the last 64. */
  readonly keep?: (key: string) => number;
}

/**
 * Objects as files of one folder, for one machine. Any number of processes may use the folder at once and any of them may be
 * killed at any instant.
 *
 * There is no lock file that could go stale. Version n+1 is written aside, synced, and then linked to its name: link(2) fails
 * where the name exists, so that the number itself is the compare-and-swap. The highest number is what the object is now; a
 * removal is a version too. So all versions are kept, and a crash leaves at most an unused file in `tmp`.
 */
export class FileStore implements ObjectStore {
  readonly description: string;
  readonly ownFolder = ownFolder;

  private constructor(
    private readonly root: string,
    private readonly identity: string,
    private readonly clock: Clock,
    private readonly keep: (key: string) => number,
  ) {
    this.description = `files in ${root}`;
  }

  /**
   * Opens the store in a folder, made where it is missing. Throws StoreUnavailable where the folder holds something else,
   * can't be written, or is on a file system without hard links.
   */
  static async open(folder: string, options: FileStoreOptions = {}): Promise<FileStore> {
    const clock = options.clock ?? systemClock;
    const identity = await translate(`files in ${folder}`, () => openRoot(folder, clock));
    return new FileStore(folder, identity, clock, options.keep ?? keepAllButLocks);
  }

  async read(key: string): Promise<StoredObject | undefined> {
    return this.#at(key, async (folder) => {
      for (;;) {
        const { top } = await list(folder);
        if (top === 0) return undefined;
        const file = await readUnlessPruned(join(folder, String(top)));
        if (file === undefined) continue;
        // A version may be visible before its writer has synced the folder. Who has read it relies on it.
        await syncFolder(folder);
        const { header, bytes } = decodeVersion(file);
        return header.removed ? undefined : { bytes, version: String(top), writer: header.writer };
      }
    });
  }

  async create(key: string, bytes: Buffer, metadata: ObjectMetadata = {}): Promise<string> {
    return this.#at(key, async (folder) => {
      const { top } = await list(folder);
      if (top > 0 && !(await isRemoval(folder, top))) throw new StoreConflict(key, "is there already");
      return this.#commit(key, folder, top + 1, encodeVersion(bytes, this.#header(metadata, false)));
    });
  }

  async replace(key: string, bytes: Buffer, expected: string, metadata: ObjectMetadata = {}): Promise<string> {
    return this.#after(key, expected, encodeVersion(bytes, this.#header(metadata, false)));
  }

  async remove(key: string, expected: string, metadata: ObjectMetadata = {}): Promise<void> {
    await this.#after(key, expected, encodeVersion(Buffer.alloc(0), this.#header(metadata, true)));
  }

  async history(key: string): Promise<StoredVersion[]> {
    return this.#at(key, async (folder) => {
      const found: StoredVersion[] = [];
      const { versions, pruned } = await list(folder);
      for (const number of versions.filter((version) => version > pruned).reverse()) {
        const header = await unlessMissing(readHeader(join(folder, String(number))));
        if (header)
          found.push({
            id: String(number),
            at: header.at,
            size: header.size,
            writer: header.writer,
            removed: header.removed,
          });
      }
      return found;
    });
  }

  async readVersion(key: string, id: string): Promise<Buffer | undefined> {
    return this.#at(key, async (folder) => {
      const { versions, pruned } = await list(folder);
      if (!versions.some((number) => number > pruned && String(number) === id)) return undefined;
      const file = await readUnlessPruned(join(folder, id));
      if (file === undefined) return undefined;
      const { header, bytes } = decodeVersion(file);
      return header.removed ? undefined : bytes;
    });
  }

  #header({ writer }: ObjectMetadata, removed: boolean): { at: Date; removed: boolean; writer?: string } {
    return { at: this.clock.now(), removed, writer };
  }

  /** Runs something on a key's folder, after making sure that this is still the store that was opened. */
  async #at<T>(key: string, run: (folder: string) => Promise<T>): Promise<T> {
    const folder = versionsFolder(this.root, key);
    return translate(this.description, async () => {
      const identity = await readIdentity(this.root);
      // An unmounted or swapped folder must not pass for a store without states.
      if (identity !== this.identity)
        throw new StoreUnavailable(this.description, `not the store that was opened: ${identity ?? "no identity"}`);
      return run(folder);
    });
  }

  async #after(key: string, expected: string, file: readonly Buffer[]): Promise<string> {
    return this.#at(key, async (folder) => {
      const { top } = await list(folder);
      if (String(top) !== expected || (await isRemoval(folder, top)))
        throw new StoreConflict(key, `is not at version ${expected}`);
      return this.#commit(key, folder, top + 1, file);
    });
  }

  /** Makes `number` the newest version. Throws StoreConflict where another one was first. */
  async #commit(key: string, folder: string, number: number, file: readonly Buffer[]): Promise<string> {
    const name = join(folder, String(number));
    if (number === 1) {
      // Before the first version becomes visible, the way to it must be durable: whoever writes the second relies on that.
      await mkdir(folder, { recursive: true });
      await syncFoldersUpTo(this.root, folder);
    }
    const aside = temporaryFile(this.root, this.clock);
    await writeDurably(aside, file);
    try {
      await link(aside, name);
    } catch (error) {
      if (systemCode(error) === "EEXIST")
        throw new StoreConflict(key, `version ${number} was written by somebody else`);
      throw error;
    } finally {
      await unlink(aside);
    }
    // This process slept while others wrote so often that its version number was pruned: the link proves nothing then.
    const { pruned, versions } = await list(folder);
    if (pruned >= number) {
      await unlessMissing(unlink(name));
      throw new StoreConflict(key, `version ${number} is long past`);
    }
    await syncFolder(folder);
    await this.#prune(folder, versions, number - this.keep(key));
    return String(number);
  }

  /**
   * Gives up versions up to `limit`, in batches. The mark is durable before the first file goes, and the highest mark is never
   * taken back, so that a writer who sleeps between listing and link finds out (in #commit) that its free name was a hole.
   */
  async #prune(folder: string, versions: readonly number[], limit: number): Promise<void> {
    const old = versions.filter((number) => number <= limit);
    if (old.length < pruneBatch) return;
    const aside = temporaryFile(this.root, this.clock);
    await writeDurably(aside, []);
    try {
      await link(aside, join(folder, `pruned-${limit}`));
    } catch (error) {
      if (systemCode(error) !== "EEXIST") throw error;
    } finally {
      await unlink(aside);
    }
    await syncFolder(folder);
    for (const number of old) await unlessMissing(unlink(join(folder, String(number))));
    for (const name of await readdir(folder)) {
      const mark = /^pruned-([1-9][0-9]*)$/.exec(name)?.[1];
      if (mark !== undefined && Number(mark) < limit) await unlessMissing(unlink(join(folder, name)));
    }
  }
}

const pruneBatch = 64;

/** States keep every version. Of locks only who held them lately is of interest. */
function keepAllButLocks(key: string): number {
  return key.endsWith(lockSuffix) ? 64 : Number.POSITIVE_INFINITY;
}

async function list(folder: string): Promise<Listing> {
  return parseListing((await unlessMissing(readdir(folder))) ?? []);
}

async function isRemoval(folder: string, number: number): Promise<boolean> {
  const header = await unlessMissing(readHeader(join(folder, String(number))));
  // Pruned in this instant, so it is not the newest: the link will lose.
  return header?.removed ?? false;
}

async function readUnlessPruned(path: string): Promise<Buffer | undefined> {
  return unlessMissing(readFile(path));
}

async function unlessMissing<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

async function translate<T>(description: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof DamagedVersion)
      throw new StoreUnavailable(description, `a version is damaged, ${error.message}`);
    const code = systemCode(error);
    if (code !== undefined) throw new StoreUnavailable(description, error instanceof Error ? error.message : code);
    throw error;
  }
}
