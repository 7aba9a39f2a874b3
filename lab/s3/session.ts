import { AssumeRoleCommand, STSClient } from "@aws-sdk/nested-clients/sts";
import { type S3Server } from "./s3-server";

/**
 * Credentials of a MinIO that may do what these statements of a policy allow, and nothing else: as an environment's own key is to be. They
 * end by themselves after an hour.
 */
export async function scopedCredentials(
  { endpoint, region, accessKeyId, secretAccessKey }: S3Server,
  statements: readonly object[],
): Promise<Readonly<Record<string, string>>> {
  const client = new STSClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } });
  try {
    const { Credentials } = await client.send(
      new AssumeRoleCommand({
        // MinIO reads neither, and asks for both.
        RoleArn: "arn:minio:iam:::role/lab",
        RoleSessionName: "lab",
        Policy: JSON.stringify({ Version: "2012-10-17", Statement: statements }),
      }),
    );
    return {
      AWS_ACCESS_KEY_ID: Credentials?.AccessKeyId ?? "",
      AWS_SECRET_ACCESS_KEY: Credentials?.SecretAccessKey ?? "",
      AWS_SESSION_TOKEN: Credentials?.SessionToken ?? "",
    };
  } finally {
    client.destroy();
  }
}
