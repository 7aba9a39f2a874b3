import { createHash } from "node:crypto";

/** What was computed of a buffer that nobody changes: one body is hashed once, however many layers ask. */
const known = new WeakMap<Buffer, Map<string, Buffer>>();

/** The digest of a whole body. The buffer must not change afterwards. */
export function digestOf(bytes: Buffer, algorithm: "md5" | "sha256"): Buffer {
  const digests = known.get(bytes) ?? new Map<string, Buffer>();
  known.set(bytes, digests);
  const digest = digests.get(algorithm) ?? createHash(algorithm).update(bytes).digest();
  digests.set(algorithm, digest);
  return digest;
}
