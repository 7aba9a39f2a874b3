import { type Configuration } from "../lib/config/load";
import { UserError } from "../lib/errors";
import { S3Store } from "./stores/s3";

/**
 * The bucket of `state.s3`. @throws UserError `no-bucket` where it is not configured, `many-buckets` where it is a different one
 * by stack or environment, `no-credentials`.
 */
export function configuredS3Store(configuration: Configuration, environment: NodeJS.ProcessEnv): S3Store {
  const { source, state } = configuration.organization;
  const { s3 } = state;
  if (s3 === undefined) {
    throw new UserError({ code: "no-bucket", file: source.file, key: "state.s3", what: "`state.s3` is missing", expected: "state.s3 with at least endpoint and bucket" });
  }
  for (const field of ["endpoint", "bucket", "region"] as const) {
    if (!/[{}]/.test(s3[field])) continue;
    throw new UserError({
      code: "many-buckets", file: source.file, line: source.lineOf(["state", "s3", field]), key: `state.s3.${field}`,
      what: `state.s3.${field} is "${s3[field]}": a bucket for each stack or environment`,
      expected: "one bucket, where one server or one identity is to stand for all states",
      remedy: "Put {stack} and {env} into state.s3.key instead",
    });
  }
  return new S3Store({ endpoint: s3.endpoint, bucket: s3.bucket, region: s3.region, skipS3Checksum: s3.skip_s3_checksum, authority: s3.authority, environment });
}
