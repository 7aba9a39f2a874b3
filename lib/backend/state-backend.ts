import {
  DataTerraformRemoteStateHttp,
  DataTerraformRemoteStateS3,
  HttpBackend,
  type HttpBackendConfig,
  S3Backend,
  type S3BackendConfig,
  type TerraformRemoteState,
  type TerraformStack,
} from "cdktf";
import { Construct } from "constructs";
import { type HttpContract, type S3Contract, type StateContract } from "./contract";

export interface StateBackendProps {
  readonly contract: StateContract;
}

/**
 * Attaches a state contract to the stack it is put into. References to the stack's values from another stack read it through
 * the same contract. No credential is ever written: they come from the environment of the engine.
 */
export class StateBackend extends Construct {
  constructor(scope: TerraformStack, id: string, props: StateBackendProps) {
    super(scope, id);
    const { contract } = props;
    if (contract.type === "http") new HttpBackend(scope, httpConfig(contract));
    else new LockfileS3Backend(scope, contract);
  }
}

export interface ProducerStateProps {
  /** The contract of the stack that is read. */
  readonly contract: StateContract;
}

/** The remote-state source that matches a producer's own contract, to read its outputs by name. */
export function producerState(scope: Construct, id: string, props: ProducerStateProps): TerraformRemoteState {
  const { contract } = props;
  return contract.type === "http"
    ? new DataTerraformRemoteStateHttp(scope, id, httpConfig(contract))
    : s3RemoteState(scope, id, contract);
}

/** cdktf 0.21 has no `use_lockfile` and no `use_path_style`: both are added, to the backend and to what reads it. */
class LockfileS3Backend extends S3Backend {
  constructor(
    scope: TerraformStack,
    private readonly contract: S3Contract,
  ) {
    super(scope, s3Config(contract));
    this.addOverride("use_path_style", true);
    this.addOverride("use_lockfile", contract.useLockfile);
  }

  override getRemoteStateDataSource(scope: Construct, name: string): TerraformRemoteState {
    return s3RemoteState(scope, name, this.contract);
  }
}

function s3RemoteState(scope: Construct, id: string, contract: S3Contract): TerraformRemoteState {
  const source = new DataTerraformRemoteStateS3(scope, id, s3Config(contract));
  source.addOverride("config.use_path_style", true);
  source.addOverride("config.use_lockfile", contract.useLockfile);
  return source;
}

function httpConfig(contract: HttpContract): HttpBackendConfig {
  const { type: _type, ...config } = contract;
  return config;
}

/** The switches without which an S3-compatible server that is not AWS is asked for AWS's account, region and metadata. */
function s3Config(contract: S3Contract): S3BackendConfig {
  return {
    bucket: contract.bucket,
    key: contract.key,
    region: contract.region,
    endpoints: { s3: contract.endpoint },
    skipCredentialsValidation: true,
    skipMetadataApiCheck: true,
    skipRegionValidation: true,
    skipRequestingAccountId: true,
    ...(contract.skipS3Checksum ? { skipS3Checksum: true } : {}),
  };
}
