import { createHash } from "node:crypto";
import { type IncomingHttpHeaders } from "node:http";
import { crc32 } from "node:zlib";
import { digestOf } from "../../lib/digests";

/** What a server may tell of an object that was written with a checksum, and how it is computed; base64. */
const algorithms: readonly (readonly [header: string, compute: (bytes: Buffer) => string])[] = [
  ["x-amz-checksum-sha256", (bytes) => digestOf(bytes, "sha256").toString("base64")],
  ["x-amz-checksum-crc32", (bytes) => base64Of(crc32(bytes))],
  ["x-amz-checksum-crc32c", (bytes) => base64Of(crc32c(bytes))],
  ["x-amz-checksum-sha1", (bytes) => createHash("sha1").update(bytes).digest("base64")],
];

/** Throws where the bytes are not what the checksum of an answer says. That of an object of several parts is of its parts' sums, not of its bytes. */
export function requireChecksum(headers: IncomingHttpHeaders, bytes: Buffer): void {
  for (const [header, compute] of algorithms) {
    const told = headers[header];
    if (typeof told !== "string" || told.includes("-")) continue;
    if (compute(bytes) !== told) throw new Error(`the bytes that came are not those of ${header}`);
    return;
  }
}

function base64Of(sum: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(sum);
  return bytes.toString("base64");
}

/** Castagnoli's polynomial, reversed. */
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte;
  for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0x82f63b78 : sum >>> 1;
  return sum;
});

function crc32c(bytes: Buffer): number {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = (table[(sum ^ byte) & 0xff] ?? 0) ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}
