import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { cannotCollect } from "../refusals";
import { messageOf } from "../../../lib/errors";

/** A file that came with it. */
export interface Attachment {
  readonly file: string;
  /** When it was written: whether it is of this hour. */
  readonly written: string;
  readonly lines: readonly string[];
}

/** Of a log the end is what is wanted. */
const keptBytes = 1024 * 1024;

/** A file of somebody's, such as what kubectl printed, cleaned. @throws UserError `cannot-collect` where it can't be read. */
export function readAttachment(file: string, clean: (text: string) => string): Attachment {
  try {
    const bytes = readFileSync(file);
    const text = bytes.subarray(Math.max(0, bytes.length - keptBytes)).toString("utf8");
    return { file, written: statSync(file).mtime.toISOString(), lines: clean(text).split("\n") };
  } catch (error) {
    throw cannotCollect(file, messageOf(error));
  }
}

const [depth, most] = [4, 2_000];

/**
 * What is below a store's own folder, down to its buckets' objects: names, sizes and dates, and no byte of a file.
 * @throws UserError `cannot-collect` where it can't be read.
 */
export function namesOn(folder: string): readonly string[] {
  const found: string[] = [];
  const walk = (path: string, name: string, level: number): void => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (found.length >= most) return;
      const [inner, shown] = [join(path, entry.name), `${name}${entry.name}${entry.isDirectory() ? "/" : ""}`];
      const { size, mtime } = statSync(inner, { throwIfNoEntry: false }) ?? { size: 0, mtime: new Date(0) };
      found.push(`${shown} ${entry.isDirectory() ? "" : `${size} bytes `}${mtime.toISOString()}`);
      if (entry.isDirectory() && level < depth) walk(inner, shown, level + 1);
    }
  };
  try {
    walk(folder, "", 1);
  } catch (error) {
    throw cannotCollect(folder, messageOf(error));
  }
  return found;
}
