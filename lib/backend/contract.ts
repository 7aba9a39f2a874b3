/**
 * Where a stack's state lives and how it is locked: plain data, no secret in it. Everything that touches a state - synth, the
 * commands, the state server - starts from this value.
 */
export type StateContract = HttpContract | S3Contract;

/** State behind Terraform's HTTP protocol (https://developer.hashicorp.com/terraform/language/backend/http). */
export interface HttpContract {
  readonly type: "http";
  readonly address: string;
  readonly lockAddress: string;
  readonly unlockAddress: string;
  readonly lockMethod: string;
  readonly unlockMethod: string;
  /** Seconds to wait between retries, as operators have it today; the engine's default where absent. */
  readonly retryMax?: number;
  readonly retryWaitMin?: number;
  readonly retryWaitMax?: number;
}

/** State as an object in S3-compatible storage (https://developer.hashicorp.com/terraform/language/backend/s3). */
export interface S3Contract {
  readonly type: "s3";
  readonly endpoint: string;
  readonly bucket: string;
  readonly key: string;
  readonly region: string;
  readonly useLockfile: boolean;
  readonly skipS3Checksum: boolean;
}

/**
 * The place as the ledger writes it: the address, or `s3://bucket/key`. The endpoint is not part of it: it is the way to the
 * bucket and may change; the bucket's identity (`state.s3.authority`) tells whether it is still the same.
 */
export function location(contract: StateContract): string {
  return contract.type === "http" ? contract.address : `s3://${contract.bucket}/${contract.key}`;
}

/** The place in a form in which equal places are equal texts: host in lower case, no trailing slash. */
export function comparableLocation(contract: StateContract): string {
  return contract.type === "http" ? comparableUrl(contract.address) : location(contract);
}

/** A URL in a form in which equal URLs are equal texts. */
export function comparableUrl(url: string): string {
  return URL.canParse(url) ? new URL(url).href.replace(/\/+$/, "") : url;
}
