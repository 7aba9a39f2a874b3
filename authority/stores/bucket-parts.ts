import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  type S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { StoreUnavailable } from "./object-store";
import { defaultTimeouts, s3Client, type S3Place } from "./s3-client";

/** What a bucket can have, by the types that the aws provider has for it. */
const parts: Readonly<Record<string, (client: S3Client, Bucket: string) => Promise<boolean>>> = {
  aws_s3_bucket: (client, Bucket) => client.send(new HeadBucketCommand({ Bucket })).then(() => true),
  aws_s3_bucket_versioning: async (client, Bucket) =>
    (await client.send(new GetBucketVersioningCommand({ Bucket }))).Status !== undefined,
  aws_s3_bucket_policy: (client, Bucket) => client.send(new GetBucketPolicyCommand({ Bucket })).then(() => true),
  aws_s3_bucket_lifecycle_configuration: (client, Bucket) =>
    client.send(new GetBucketLifecycleConfigurationCommand({ Bucket })).then(() => true),
  aws_s3_bucket_public_access_block: (client, Bucket) =>
    client.send(new GetPublicAccessBlockCommand({ Bucket })).then(() => true),
};

/**
 * Whether a bucket has what a type of the aws provider stands for; undefined for a type that is none of a bucket's.
 * @throws StoreUnavailable where the server does not tell.
 */
export async function hasPart(
  place: S3Place,
  type: string,
  environment: NodeJS.ProcessEnv,
): Promise<boolean | undefined> {
  const look = parts[type];
  if (look === undefined) return undefined;
  const client = s3Client(place, environment, defaultTimeouts);
  try {
    return await look(client, place.bucket);
  } catch (error) {
    if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404) return false;
    const why = error instanceof Error ? error.message || error.name : String(error);
    throw new StoreUnavailable(`bucket ${place.bucket} at ${place.endpoint}`, `${type} cannot be told: ${why}`);
  } finally {
    client.destroy();
  }
}
