import { ownFolderIn } from "../../config/backends/object-key";
import { type StackKey } from "../../config/names";
import { type BackendFamily } from "../family";
import { type S3Contract } from "./contract";
import { resolveS3 } from "./resolve";
import { namedFor, servedKey } from "./served-key";

/** S3-compatible storage. */
export const s3Family: BackendFamily<S3Contract> = {
  resolve: resolveS3,
  isConfigured: ({ s3 }) => s3 !== undefined,
  ledgerIsOptional: false,
  credentials: ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"],
  foreignVariables: [
    [/^(AWS_ENDPOINT_URL|AWS_ENDPOINT_URL_S3|AWS_S3_ENDPOINT)$/, "which server holds the state"],
    [/^AWS_USE_(DUALSTACK|FIPS)_ENDPOINT$/, "which server holds the state"],
    [/^AWS_SSE_CUSTOMER_KEY$/, "how the state is written"],
  ],
  endpoint: ({ endpoint }) => endpoint,
  servedFrom: ({ organization: { state } }, stack) =>
    state.s3 === undefined ? undefined : `s3://${namedFor(stack, state.s3.bucket)}/${servedKey(state.s3, stack)}`,
  location,
  comparable: (place) => place,
  settingOf,
  claims: (contract) => [{ kind: "state", place: location(contract) }],
  problems: () => [],
  lock: ({ useLockfile, key, endpoint }) => (useLockfile ? `${key}.tflock at ${endpoint}` : `none, at ${endpoint}`),
  locks: ({ useLockfile }) => useLockfile,
  scratch: (contract, _stateName, id) => ({ ...contract, key: `${ownFolderIn(contract.prefix)}/probe/${id}.tfstate` }),
  // `skip_s3_checksum` alone leaves the engines' own client sending checksums with what it writes.
  variables: ({ skip_s3_checksum }) =>
    skip_s3_checksum === true ? { AWS_REQUEST_CHECKSUM_CALCULATION: "when_required" } : noVariables,
  /** The switches without which an S3-compatible server that is not AWS is asked for AWS's account, region and metadata. */
  block: ({ bucket, key, region, endpoint, useLockfile, skipS3Checksum, prefix }) => ({
    bucket,
    key,
    region,
    endpoints: { s3: endpoint },
    skip_credentials_validation: true,
    skip_metadata_api_check: true,
    skip_region_validation: true,
    skip_requesting_account_id: true,
    ...(skipS3Checksum ? { skip_s3_checksum: true } : {}),
    use_path_style: true,
    use_lockfile: useLockfile,
    // The engines list workspaces at init, below `env:` of the whole bucket unless told otherwise.
    ...(prefix === undefined ? {} : { workspace_key_prefix: `${prefix}/env:` }),
  }),
};

const noVariables: Readonly<Record<string, string>> = {};

function settingOf({ bucket, key }: S3Contract, { stack, environment }: StackKey, recorded: string): string {
  const [, oldBucket = bucket, oldKey = key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(recorded) ?? [];
  return [
    ...(oldBucket === bucket ? [] : [`state.s3.bucket: ${oldBucket}`]),
    ...(oldKey === key ? [] : [`state.s3.keys: {${stack}: {${environment}: ${JSON.stringify(oldKey)}}}`]),
  ].join(", ");
}

function location({ bucket, key }: S3Contract): string {
  return `s3://${bucket}/${key}`;
}
