import { type Configuration } from "../../lib/config/load";
import { UserError } from "../../lib/errors";
import { S3Store } from "./s3";
import { S3Bucket } from "./s3-bucket";
import { defaultTimeouts, s3Client, type S3Place } from "./s3-client";

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
  return new S3Bucket(s3Client(place, environment, defaultTimeouts), place, defaultTimeouts);
}

function configuredPlace(configuration: Configuration): S3Place {
  const { source, state } = configuration.organization;
  const { s3 } = state;
  if (s3 === undefined) {
    throw new UserError({
      code: "no-bucket",
      file: source.file,
      key: "state.s3",
      what: "`state.s3` is missing",
      expected: "state.s3 with at least endpoint and bucket",
    });
  }
  for (const field of ["endpoint", "bucket", "region", "prefix"] as const) {
    if (!/[{}]/.test(s3[field])) continue;
    throw new UserError({
      code: "many-buckets",
      file: source.file,
      line: source.lineOf(["state", "s3", field]),
      key: `state.s3.${field}`,
      what: `state.s3.${field} is "${s3[field]}": a bucket for each stack or environment`,
      expected: "one bucket, where one server or one identity is to stand for all states",
      remedy: "Put {stack} and {env} into state.s3.key instead",
    });
  }
  const { endpoint, bucket, region, prefix } = s3;
  return { endpoint, bucket, region, skipS3Checksum: s3.skip_s3_checksum, ...(prefix === "" ? {} : { prefix }) };
}
