import { keyTemplate } from "../../config/backends/s3";
import { fill } from "../fill";
import { type PlaceRequest } from "../family";
import { type S3Contract } from "./contract";
import { s3OfToday } from "./today";

/**
 * Where a stack's state is, or would be, by `state.s3`, else by today's backend files.
 * @throws UserError where none of them gives it a place, or two give it different ones.
 */
export async function resolveS3(request: PlaceRequest): Promise<S3Contract> {
  const { configuration, stack } = request;
  const { organization } = configuration;
  const { s3 } = organization.state;
  if (s3 === undefined) return s3OfToday(request);
  const filled = (key: readonly string[], template: string) =>
    fill(configuration, stack, ["state", "s3", ...key], template);
  const key = keyTemplate(s3, stack);
  const prefix = filled(["prefix"], s3.prefix);
  return {
    type: "s3",
    endpoint: filled(["endpoint"], s3.endpoint),
    bucket: filled(["bucket"], s3.bucket),
    key: filled(key.path, key.template),
    region: filled(["region"], s3.region),
    useLockfile: s3.use_lockfile,
    skipS3Checksum: s3.skip_s3_checksum,
    // Not there where nothing is shared, so that a contract of before has the hash of before.
    ...(prefix === "" ? {} : { prefix }),
  };
}
