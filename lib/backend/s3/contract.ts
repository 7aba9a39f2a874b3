/** State as an object in S3-compatible storage (https://developer.hashicorp.com/terraform/language/backend/s3). */
export interface S3Contract {
  readonly type: "s3";
  readonly endpoint: string;
  readonly bucket: string;
  readonly key: string;
  readonly region: string;
  readonly useLockfile: boolean;
  readonly skipS3Checksum: boolean;
  /** The part of a shared bucket below which everything lies that is no state: without / at its end. Default: the whole bucket. */
  readonly prefix?: string;
}
