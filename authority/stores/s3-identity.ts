import { z } from "zod";
import { type Clock } from "../clock";
import { type S3Bucket } from "./s3-bucket";
import { noIdentity, otherIdentity, identityUnreadable } from "./refusals";

const schema = z.object({ authority: z.string().min(1) });

/** How long one look at the identity counts for objects that are there. Absence always needs a look of its own. */
const freshFor = 10_000;

/**
 * Whether a bucket is still the one that `state.s3.authority` names. A server that has lost its index, or another one at the
 * same address, answers NoSuchKey to everything: only beside the right identity does that mean "nothing there".
 */
export class BucketIdentity {
  #seenAt: number | undefined;
  #looking: Promise<void> | undefined;

  constructor(
    private readonly bucket: S3Bucket,
    private readonly expected: string | undefined,
    private readonly clock: Clock,
  ) {}

  /** Whether an identity is expected of the bucket at all. */
  get isExpected(): boolean {
    return this.expected !== undefined;
  }

  /** Returns where the bucket was the right one lately, or nothing is expected of it. @throws StoreUnavailable otherwise. */
  async requireRecent(): Promise<void> {
    if (this.expected === undefined) return;
    const age = this.#seenAt === undefined ? undefined : this.clock.now().getTime() - this.#seenAt;
    if (age === undefined || age < 0 || age > freshFor) await (this.#looking ??= this.#look());
  }

  /** Returns where the bucket is the right one at this moment, or nothing is expected of it. @throws StoreUnavailable otherwise. */
  async requireNow(): Promise<void> {
    if (this.expected !== undefined) await this.#look();
  }

  async #look(): Promise<void> {
    try {
      this.#seenAt = undefined;
      const found = await readIdentity(this.bucket);
      if (found === undefined) throw noIdentity(this.bucket.description, this.expected, this.bucket.identityKey);
      if (found !== this.expected)
        throw otherIdentity({
          description: this.bucket.description,
          expected: this.expected,
          identityKey: this.bucket.identityKey,
          found,
        });
      this.#seenAt = this.clock.now().getTime();
    } finally {
      this.#looking = undefined;
    }
  }
}

/** The identity that a bucket has; undefined where it was given none. @throws StoreUnavailable for an outage or an unreadable one. */
export async function readIdentity(bucket: S3Bucket): Promise<string | undefined> {
  const object = await bucket.get(bucket.identityKey);
  if (object === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(object.bytes.toString("utf8"))).authority;
  } catch {
    throw identityUnreadable(bucket.description, bucket.identityKey);
  }
}
