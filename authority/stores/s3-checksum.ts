import { createHash } from "node:crypto";
import { Crc32, Crc32c } from "@aws-sdk/checksums/crc";
import { digestOf } from "../../lib/digests";

/** What a server may tell of an object that was written with a checksum, and how it is computed; base64. */
const algorithms: readonly (readonly [header: string, compute: (bytes: Buffer) => Promise<string>])[] = [
  ["x-amz-checksum-sha256", (bytes) => Promise.resolve(digestOf(bytes, "sha256").toString("base64"))],
  ["x-amz-checksum-crc32", (bytes) => sumBy(new Crc32(), bytes)],
  ["x-amz-checksum-crc32c", (bytes) => sumBy(new Crc32c(), bytes)],
  ["x-amz-checksum-sha1", (bytes) => Promise.resolve(createHash("sha1").update(bytes).digest("base64"))],
];

/**
 * Throws where the bytes are not what the checksum of an answer says. That of an object of several parts is of its parts' sums, not of
 * its bytes.
 * @param headers names in small letters
 */
export async function requireChecksum(headers: Readonly<Record<string, string>>, bytes: Buffer): Promise<void> {
  for (const [header, compute] of algorithms) {
    const told = headers[header];
    if (told === undefined || told.includes("-")) continue;
    if ((await compute(bytes)) !== told) throw new Error(`the bytes that came are not those of ${header}`);
    return;
  }
}

async function sumBy(
  checksum: { update(bytes: Buffer): void; digest(): Promise<Uint8Array> },
  bytes: Buffer,
): Promise<string> {
  checksum.update(bytes);
  return Buffer.from(await checksum.digest()).toString("base64");
}
