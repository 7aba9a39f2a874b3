import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { S3BucketLifecycleConfiguration } from "@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration";
import { S3BucketPolicy } from "@cdktf/provider-aws/lib/s3-bucket-policy";
import { S3BucketPublicAccessBlock } from "@cdktf/provider-aws/lib/s3-bucket-public-access-block";
import { S3BucketVersioningA } from "@cdktf/provider-aws/lib/s3-bucket-versioning";
import { type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { jsonEncoded } from "./encode";
import { protectData } from "./protect";

export interface StateBucketProps {
  readonly bucket: string;
  /** URL of the S3 API, as whoever applies reaches it. */
  readonly endpoint: string;
  readonly region: string;
  /** Keys of the states in it: their versions are nobody's to delete. */
  readonly stateKeys: readonly string[];
  /** What the server can do beside buckets, versions and objects. */
  readonly capabilities: {
    readonly policy: boolean;
    readonly lifecycle: boolean;
    readonly public_access_block: boolean;
  };
  /** Days that an earlier version is kept at least, and how many of a key are kept whatever their age. */
  readonly noncurrent: { readonly days: number; readonly newer: number };
  /** What must be there before the server answers. */
  readonly dependsOn: ITerraformDependable[];
}

/** The bucket that the states are in. Credentials are the environment's: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. */
export class StateBucket extends Construct {
  readonly name: string;

  constructor(scope: Construct, id: string, props: StateBucketProps) {
    super(scope, id);
    const { endpoint, region, capabilities, dependsOn } = props;
    // None of AWS's own services is asked: the server is S3-compatible and nothing else.
    new AwsProvider(this, "aws", {
      region,
      endpoints: [{ s3: endpoint }],
      s3UsePathStyle: true,
      skipCredentialsValidation: true,
      skipMetadataApiCheck: "true",
      skipRegionValidation: true,
      skipRequestingAccountId: true,
    });

    const bucket = new S3Bucket(this, "resource", { bucket: props.bucket, dependsOn });
    protectData(bucket);
    this.name = bucket.bucket;
    const versioning = new S3BucketVersioningA(this, "versioning", {
      bucket: bucket.bucket,
      versioningConfiguration: { status: "Enabled" },
    });
    // Suspended by a destroy, it would let the next write overwrite what is there.
    protectData(versioning);
    if (capabilities.public_access_block)
      new S3BucketPublicAccessBlock(this, "public_access_block", {
        bucket: bucket.bucket,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      });
    if (capabilities.policy)
      new S3BucketPolicy(this, "policy", {
        bucket: bucket.bucket,
        policy: jsonEncoded(this, "policy_document", policy(props)),
      });
    if (capabilities.lifecycle) this.lifecycle(bucket, versioning, props.noncurrent);
  }

  /** Without it every lock leaves a version and a delete marker for good. What is current never expires. */
  private lifecycle(
    bucket: S3Bucket,
    versioning: S3BucketVersioningA,
    noncurrent: StateBucketProps["noncurrent"],
  ): void {
    new S3BucketLifecycleConfiguration(this, "lifecycle", {
      bucket: bucket.bucket,
      rule: [
        {
          id: "earlier-versions",
          status: "Enabled",
          filter: [{ prefix: "" }],
          noncurrentVersionExpiration: [
            {
              noncurrentDays: noncurrent.days,
              ...(noncurrent.newer === 0 ? {} : { newerNoncurrentVersions: noncurrent.newer }),
            },
          ],
        },
        {
          id: "lock-leftovers",
          status: "Enabled",
          filter: [{ prefix: "" }],
          expiration: [{ expiredObjectDeleteMarker: true }],
          abortIncompleteMultipartUpload: [{ daysAfterInitiation: 7 }],
        },
      ],
      dependsOn: [versioning],
    });
  }
}

/** Nobody deletes the bucket or a state's version, whatever their key may do else; plain HTTP is refused where TLS is to be had. */
function policy({ bucket, stateKeys, endpoint }: StateBucketProps): object {
  const arn = `arn:aws:s3:::${bucket}`;
  const deny = (Sid: string, Action: string, Resource: string | readonly string[], rest: object = {}) => ({
    Sid,
    Effect: "Deny",
    Principal: { AWS: ["*"] },
    Action: [Action],
    Resource,
    ...rest,
  });
  return {
    Version: "2012-10-17",
    Statement: [
      deny("KeepTheBucket", "s3:DeleteBucket", [arn]),
      ...(stateKeys.length === 0
        ? []
        : [
            deny(
              "KeepEveryVersion",
              "s3:DeleteObjectVersion",
              stateKeys.map((key) => `${arn}/${key}`),
            ),
          ]),
      ...(endpoint.startsWith("https://")
        ? [deny("OnlyByTls", "s3:*", [arn, `${arn}/*`], { Condition: { Bool: { "aws:SecureTransport": ["false"] } } })]
        : []),
    ],
  };
}
