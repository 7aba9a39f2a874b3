import type { IncomingMessage } from "node:http";
import { digestOf } from "../../lib/digests";
import { HttpProblem } from "./http-problem";
import { bodyCutOff, bodyDamaged, bodyTooLarge } from "./refusals";

/** The size that a request announces, `limit` where it announces none. Throws HttpProblem 413 where it is over the limit. */
export function announcedSize(request: IncomingMessage, limit: number): number {
  const header = request.headers["content-length"];
  const size = header === undefined ? (request.headers["transfer-encoding"] === undefined ? 0 : limit) : Number(header);
  if (size > limit) throw bodyTooLarge(limit);
  return size;
}

/**
 * Reads the whole body. Throws HttpProblem: 413 over the limit, 400 where it was cut off or is not what Content-MD5 says (both
 * engines send that header), so that a body damaged on the way is never stored.
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    // Without destroyOnReturn the refusal of a large body would close the connection before the answer is sent.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- without an encoding a request yields Buffers, which the stream's type can't say
      const bytes = chunk as Buffer;
      size += bytes.length;
      if (size > limit) throw bodyTooLarge(limit);
      chunks.push(bytes);
    }
  } catch (error) {
    // The rest is read and dropped: a client that is still sending would not see the answer otherwise.
    request.resume();
    if (error instanceof HttpProblem) throw error;
    throw bodyCutOff(size);
  }
  const [first] = chunks;
  const body = first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks, size);
  const expected = request.headers["content-md5"];
  if (expected !== undefined && digestOf(body, "md5").toString("base64") !== expected) {
    throw bodyDamaged();
  }
  return body;
}
