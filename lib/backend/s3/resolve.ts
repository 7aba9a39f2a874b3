import { fill } from "../fill";
import { flagPath } from "../flag";
import { type PlaceRequest } from "../family";
import { noBucket } from "../refusals";
import { type S3Contract } from "./contract";

/** Where a stack's state is, or would be, in the bucket of `state.s3`. @throws UserError where that is missing. */
export function s3Contract({ configuration, stack }: PlaceRequest): S3Contract {
  const { organization } = configuration;
  const { s3 } = organization.state;
  if (s3 === undefined) throw noBucket(organization.source, flagPath(configuration, stack), stack.id);
  const filled = (key: readonly string[], template: string) =>
    fill(configuration, stack, ["state", "s3", ...key], template);
  const ownKey = s3.keys[stack.stack]?.[stack.environment];
  return {
    type: "s3",
    endpoint: filled(["endpoint"], s3.endpoint),
    bucket: filled(["bucket"], s3.bucket),
    key: ownKey === undefined ? filled(["key"], s3.key) : filled(["keys", stack.stack, stack.environment], ownKey),
    region: filled(["region"], s3.region),
    useLockfile: s3.use_lockfile,
    skipS3Checksum: s3.skip_s3_checksum,
  };
}
