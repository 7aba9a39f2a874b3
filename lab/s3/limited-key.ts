import { createHash, createHmac } from "node:crypto";
import { type S3Server } from "./s3-server";

/** A key of the same server that may do less: for a while, and by its policy alone. */
export interface LimitedKey {
  readonly AWS_ACCESS_KEY_ID: string;
  readonly AWS_SECRET_ACCESS_KEY: string;
  readonly AWS_SESSION_TOKEN: string;
}

/** What a key of one organisation may do in a bucket that others share: everything below the prefix, and nothing above it. */
export function onlyBelow(bucket: string, prefix: string): object {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"],
        Resource: [`arn:aws:s3:::${bucket}/${prefix}/*`],
      },
      {
        Effect: "Allow",
        Action: ["s3:ListBucket", "s3:ListBucketVersions"],
        Resource: [`arn:aws:s3:::${bucket}`],
        Condition: { StringLike: { "s3:prefix": [`${prefix}/*`] } },
      },
    ],
  };
}

/** Asks MinIO's STS (AssumeRole) for such a key. @throws Error where the server says no. */
export async function limitedKey(server: S3Server, policy: object): Promise<LimitedKey> {
  const body = new URLSearchParams({
    Action: "AssumeRole",
    Version: "2011-06-15",
    DurationSeconds: "3600",
    Policy: JSON.stringify(policy),
  }).toString();
  const response = await fetch(server.endpoint, { method: "POST", headers: signedHeaders(server, body), body });
  const text = await response.text();
  const part = (name: string): string => {
    const found = new RegExp(`<${name}>([^<]+)</${name}>`).exec(text)?.[1];
    if (found === undefined) throw new Error(`AssumeRole: ${response.status} ${text}`);
    return found;
  };
  return {
    AWS_ACCESS_KEY_ID: part("AccessKeyId"),
    AWS_SECRET_ACCESS_KEY: part("SecretAccessKey"),
    AWS_SESSION_TOKEN: part("SessionToken"),
  };
}

/** Signature version 4 of one POST to `/`, for the service `sts`. */
function signedHeaders(
  { endpoint, region, accessKeyId, secretAccessKey }: S3Server,
  body: string,
): Record<string, string> {
  const at = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const day = at.slice(0, 8);
  const digest = createHash("sha256").update(body).digest("hex");
  const headers = {
    "content-type": "application/x-www-form-urlencoded",
    host: new URL(endpoint).host,
    "x-amz-content-sha256": digest,
    "x-amz-date": at,
  };
  const names = Object.keys(headers).join(";");
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const request = ["POST", "/", "", lines.join(""), names, digest].join("\n");
  const scope = `${day}/${region}/sts/aws4_request`;
  const text = ["AWS4-HMAC-SHA256", at, scope, createHash("sha256").update(request).digest("hex")].join("\n");
  const keyed = (key: string | Buffer, part: string) => createHmac("sha256", key).update(part).digest();
  const key = [day, region, "sts", "aws4_request"].reduce<string | Buffer>(keyed, `AWS4${secretAccessKey}`);
  const signature = keyed(key, text).toString("hex");
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
  };
}
