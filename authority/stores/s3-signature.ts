import { createHash, createHmac } from "node:crypto";

/** Who signs. */
export interface S3Identity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** A request as it is signed: everything in `headers` is, the host among them. */
interface Unsigned {
  readonly method: string;
  /** As it is sent: encoded, and for S3 never encoded twice nor shortened. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body's sha256, hexadecimal. */
  readonly payload: string;
  readonly at: Date;
}

const algorithm = "AWS4-HMAC-SHA256";

/** AWS Signature Version 4 for S3, in the Authorization header. The key of a day is derived once. */
export class S3Signer {
  #derived: { readonly of: string; readonly key: Buffer } | undefined;

  constructor(private readonly region: string) {}

  /** All headers to send: the given ones, and those of the signature. */
  sign(identity: S3Identity, { method, path, query, headers, payload, at }: Unsigned): Record<string, string> {
    const time = at.toISOString().replace(/[-:]|\.\d+/g, "");
    const day = time.slice(0, 8);
    const signed: Record<string, string> = {
      ...headers,
      "x-amz-content-sha256": payload,
      "x-amz-date": time,
      ...(identity.sessionToken === undefined ? {} : { "x-amz-security-token": identity.sessionToken }),
    };
    const names = Object.keys(signed).sort();
    const canonical = [
      method,
      path,
      queryText(query),
      ...names.map((name) => `${name}:${(signed[name] ?? "").trim().replace(/ +/g, " ")}`),
      "",
      names.join(";"),
      payload,
    ].join("\n");
    const scope = `${day}/${this.region}/s3/aws4_request`;
    const text = [algorithm, time, scope, createHash("sha256").update(canonical).digest("hex")].join("\n");
    const signature = createHmac("sha256", this.#keyOf(identity, day)).update(text).digest("hex");
    return {
      ...signed,
      authorization: `${algorithm} Credential=${identity.accessKeyId}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`,
    };
  }

  #keyOf({ secretAccessKey }: S3Identity, day: string): Buffer {
    const of = `${day} ${secretAccessKey}`;
    if (this.#derived?.of !== of) {
      const key = [day, this.region, "s3", "aws4_request"].reduce<Buffer | string>(
        (above, part) => createHmac("sha256", above).update(part).digest(),
        `AWS4${secretAccessKey}`,
      );
      this.#derived = { of, key: Buffer.from(key) };
    }
    return this.#derived.key;
  }
}

/** The query as it is sent and signed. */
export function queryText(query: Readonly<Record<string, string>>): string {
  return Object.keys(query)
    .sort()
    .map((name) => `${encoded(name)}=${encoded(query[name] ?? "")}`)
    .join("&");
}

/** A key as a path has it: every part encoded, `..` and empty ones too as they are. */
export function encodedKey(key: string): string {
  return key.split("/").map(encoded).join("/");
}

/** RFC 3986: more than `encodeURIComponent` encodes. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
