import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

/** A password's hash as it stands in the users file: `scrypt$N$r$p$salt$hash`, salt and hash in base64. */
export interface PasswordHash {
  readonly N: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

// RFC 7914 leaves the cost to the user; N = 2^15 is 32 MiB and some 80 ms, once per user and process (users.ts remembers).
const cost = { N: 32_768, r: 8, p: 1 };
const hashLength = 32;
const memoryLimit = 128 * 1024 * 1024;

/** Makes the text of a new hash. */
export async function hashPassword(password: string, salt: Buffer = randomBytes(16)): Promise<string> {
  const hash = await derive(password, { ...cost, salt, hash: Buffer.alloc(hashLength) });
  return ["scrypt", cost.N, cost.r, cost.p, salt.toString("base64"), hash.toString("base64")].join("$");
}

/** Reads a hash; undefined where it is none, is too weak to be meant, or would take more than 128 MiB to check. */
export function parsePasswordHash(text: string): PasswordHash | undefined {
  const [scheme, N, r, p, salt, hash, ...rest] = text.split("$");
  if (scheme !== "scrypt" || salt === undefined || hash === undefined || rest.length > 0) return undefined;
  const parsed = {
    N: Number(N),
    r: Number(r),
    p: Number(p),
    salt: Buffer.from(salt, "base64"),
    hash: Buffer.from(hash, "base64"),
  };
  const isPowerOfTwo = Number.isInteger(Math.log2(parsed.N));
  const costFits =
    isPowerOfTwo &&
    parsed.N >= 1024 &&
    parsed.r >= 1 &&
    parsed.p >= 1 &&
    parsed.p <= 16 &&
    256 * parsed.N * parsed.r <= memoryLimit;
  return costFits && parsed.salt.length >= 8 && parsed.hash.length >= 16 ? parsed : undefined;
}

/** Whether the password is the one that was hashed; the comparison takes the same time whatever the answer. */
export async function verifyPassword(password: string, expected: PasswordHash): Promise<boolean> {
  return timingSafeEqual(await derive(password, expected), expected.hash);
}

function derive(password: string, { N, r, p, salt, hash }: PasswordHash): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, hash.length, { N, r, p, maxmem: 2 * memoryLimit }, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}
