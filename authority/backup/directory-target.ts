import { existsSync, statSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { dirname, join, relative, sep } from "node:path";
import { StoreUnavailable } from "../stores/object-store";
import { syncFolder, syncFoldersUpTo, systemCode, writeDurably } from "../stores/durable";
import { type BackupTarget } from "./target";
import { noBackupDirectory, backupInFileStore, backupNameTaken } from "./refusals";
import { messageOf } from "../../lib/errors";

/**
 * Backups in a folder, a mounted disk for instance. The folder itself must be there: one that we made where a disk is not mounted
 * would look like a target without backups. A writer that is killed leaves at most a hidden `.<name>.<random>.tmp`, which is
 * never listed.
 */
export class DirectoryTarget implements BackupTarget {
  readonly description: string;

  private constructor(private readonly root: string) {
    this.description = root;
  }

  /** @throws UserError where the folder is not there, or keeps states itself. */
  static open(root: string): DirectoryTarget {
    if (statSync(root, { throwIfNoEntry: false })?.isDirectory() !== true) {
      throw noBackupDirectory(root);
    }
    if (existsSync(join(root, "flywheel-store.json"))) {
      throw backupInFileStore(root);
    }
    return new DirectoryTarget(root);
  }

  async list(prefix: string): Promise<readonly string[]> {
    const folder = dirname(join(this.root, `${prefix}x`));
    return this.#translate(async () => {
      try {
        const names = await readdir(folder);
        return names
          .filter((name) => !name.startsWith("."))
          .map((name) => relative(this.root, join(folder, name)).split(sep).join("/"))
          .filter((name) => name.startsWith(prefix));
      } catch (error) {
        // A state's folder may be missing; the target's own may not: then the disk went away.
        if (systemCode(error) === "ENOENT" && existsSync(this.root)) return [];
        throw error;
      }
    });
  }

  async read(name: string): Promise<Buffer | undefined> {
    return this.#translate(async () => {
      try {
        return await readFile(join(this.root, name));
      } catch (error) {
        if (systemCode(error) === "ENOENT" && existsSync(this.root)) return undefined;
        throw error;
      }
    });
  }

  async write(name: string, bytes: Buffer): Promise<void> {
    const known = await this.read(name);
    if (known?.equals(bytes) === true) return;
    if (known !== undefined) throw backupNameTaken(this.description, name);
    await this.#translate(async () => {
      const file = join(this.root, name);
      const folder = dirname(file);
      // Not recursive: the target's own folder is never made.
      if (folder !== this.root)
        await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
          if (systemCode(error) !== "EEXIST") throw error;
        });
      const aside = join(folder, `.${name.split("/").at(-1) ?? ""}.${randomUUID()}.tmp`);
      try {
        await writeDurably(aside, [bytes]);
        await rename(aside, file);
      } catch (error) {
        await rm(aside, { force: true });
        throw error;
      }
      await syncFolder(folder);
      await syncFoldersUpTo(this.root, folder);
    });
  }

  close(): void {
    // Nothing is open between two calls.
  }

  async #translate<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
      throw new StoreUnavailable(this.description, messageOf(error));
    }
  }
}
