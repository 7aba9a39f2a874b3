import { type Configuration } from "../../lib/config/load";
import { S3Store } from "./s3";
import { S3Bucket } from "./s3-bucket";
import { type S3Place } from "./s3-client";
import { noBucket, manyBuckets } from "./refusals";

/**
 * The bucket of `state.s3`, as a store. @throws UserError `no-bucket` where it is not configured, `many-buckets` where it is a different one
 * by stack or environment, `no-credentials`.
 */
export function configuredS3Store(configuration: Configuration, environment: NodeJS.ProcessEnv): S3Store {
  return new S3Store({
    ...configuredPlace(configuration),
    authority: configuration.organization.state.s3?.authority,
    environment,
  });
}

/** The same bucket, request by request: for who looks below the store, as the checks do. It throws the same. */
export function configuredBucket(configuration: Configuration, environment: NodeJS.ProcessEnv): S3Bucket {
  const place = configuredPlace(configuration);
  return new S3Bucket(place, environment);
}

/** Where the bucket of `state.s3` is. @throws as `configuredS3Store`, but for credentials. */
export function configuredPlace(configuration: Configuration): S3Place {
  const { source, state } = configuration.organization;
  const { s3 } = state;
  if (s3 === undefined) {
    throw noBucket(source.file);
  }
  for (const field of ["endpoint", "bucket", "region", "prefix"] as const) {
    if (!/[{}]/.test(s3[field])) continue;
    throw manyBuckets(source, field, s3[field]);
  }
  const { endpoint, bucket, region, prefix } = s3;
  return { endpoint, bucket, region, skipS3Checksum: s3.skip_s3_checksum, ...(prefix === "" ? {} : { prefix }) };
}
