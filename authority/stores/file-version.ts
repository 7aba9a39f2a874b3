import { open } from "node:fs/promises";
import { z } from "zod";
import { sha256 } from "../../lib/sha256";

/**
 * A version on disk is one file, so that bytes and metadata appear in one step: a line of JSON, then the bytes as they are.
 * `tail -n +2 FILE` gets a state out with no tool of ours.
 */
const headerSchema = z.object({
  at: z.iso.datetime().transform((text) => new Date(text)),
  size: z.number().int().nonnegative(),
  sha256: z.string().length(64),
  removed: z.boolean(),
  writer: z.string().optional(),
});

type VersionHeader = z.infer<typeof headerSchema>;

/** The longest header line; a writer's name is cut so that it always fits. */
const headerLimit = 4096;
const writerLimit = 256;

/** The file holds something else than a complete version: a damaged disk, or a foreign hand. */
export class DamagedVersion extends Error {}

/** The parts of a version's file, to be written one after the other. */
export function encodeVersion(bytes: Buffer, meta: { at: Date; removed: boolean; writer?: string }): Buffer[] {
  const header = {
    at: meta.at.toISOString(),
    size: bytes.length,
    sha256: sha256(bytes),
    removed: meta.removed,
    writer: meta.writer?.slice(0, writerLimit),
  };
  return [Buffer.from(`${JSON.stringify(header)}\n`), bytes];
}

/** The header and the bytes of a version. Throws DamagedVersion where they do not belong together. */
export function decodeVersion(file: Buffer): { header: VersionHeader; bytes: Buffer } {
  const header = decodeHeader(file);
  const bytes = file.subarray(file.indexOf("\n") + 1);
  if (bytes.length !== header.size || sha256(bytes) !== header.sha256)
    throw new DamagedVersion("its bytes are not the ones written");
  return { header, bytes };
}

/** The header alone, without reading the bytes. Throws DamagedVersion, and what opening a file throws. */
export async function readHeader(path: string): Promise<VersionHeader> {
  const handle = await open(path, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(headerLimit), 0, headerLimit, 0);
    return decodeHeader(buffer.subarray(0, bytesRead));
  } finally {
    await handle.close();
  }
}

function decodeHeader(file: Buffer): VersionHeader {
  const end = file.subarray(0, headerLimit).indexOf("\n");
  if (end < 0) throw new DamagedVersion("it has no header");
  try {
    return headerSchema.parse(JSON.parse(file.toString("utf8", 0, end)));
  } catch {
    throw new DamagedVersion("its header is not readable");
  }
}
