import { NullProvider } from "@cdktf/provider-null/lib/provider";
import { DataResource, type ITerraformDependable, TerraformLocal } from "cdktf";
import { Construct } from "constructs";
import { MinioCredentials } from "./minio-credentials";
import { MinioOperator, type MinioOperatorProps } from "./minio-operator";
import { MinioTenant, type MinioTenantProps } from "./minio-tenant";
import { movedFrom } from "./moved";

/** An S3 server that is somebody else's. */
interface ExternalObjectStore {
  readonly endpoint: string;
  readonly bucket: string;
  /** As a reference. */
  readonly accessKeyId: string;
  /** As a reference. */
  readonly secretAccessKey: string;
}

/** An S3 server of the cache's own. */
export interface OwnObjectStore extends Omit<MinioTenantProps, "credentialsSecret" | "dependsOn"> {
  /** @default installed by somebody else */
  readonly operator?: Omit<MinioOperatorProps, "context">;
  /** As a reference. @default minioadmin */
  readonly rootUser?: string;
  /** As a reference. @default generated */
  readonly rootPassword?: string;
  /** What must exist before anything in the namespace. */
  readonly dependsOn: ITerraformDependable[];
}

export type AtticObjectStoreProps = { readonly external: ExternalObjectStore } | { readonly own: OwnObjectStore };

/** Where Attic keeps its objects: a MinIO tenant with its operator and root user, or an S3 server elsewhere. */
export class AtticObjectStore extends Construct {
  readonly endpoint: string;
  readonly bucket: string;
  readonly key: { readonly id: string; readonly secret: string };
  /** The tenant, where the store is the cache's own. */
  readonly tenant?: MinioTenant;
  /** What must exist before anything that stores objects. */
  readonly dependables: ITerraformDependable[];

  constructor(scope: Construct, id: string, props: AtticObjectStoreProps) {
    super(scope, id);
    if ("external" in props) {
      const { endpoint, bucket, accessKeyId, secretAccessKey } = props.external;
      this.endpoint = endpoint;
      this.bucket = bucket;
      this.key = { id: accessKeyId, secret: secretAccessKey };
      this.dependables = [];
    } else {
      const { operator, rootUser, rootPassword, ...tenant } = props.own;
      new NullProvider(this, "null");
      const operatorDependables =
        operator === undefined
          ? []
          : new MinioOperator(this, "operator", { ...operator, context: tenant.context }).dependables;
      const credentials = new MinioCredentials(this, "credentials", {
        namespace: tenant.namespace,
        user: rootUser,
        password: rootPassword,
        dependsOn: tenant.dependsOn,
      });
      this.tenant = new MinioTenant(this, "tenant", {
        ...tenant,
        credentialsSecret: credentials.secret.metadata.name,
        dependsOn: [...operatorDependables, credentials.secret],
      });
      this.endpoint = this.tenant.endpoint;
      this.bucket = tenant.buckets[0];
      this.key = { id: credentials.user, secret: credentials.password };
      this.dependables = this.tenant.dependables;
    }
    this.check();
  }

  /** The last word is the engine's, which knows the values: a store without a key is no store. */
  private check(): void {
    const key = `local.${new TerraformLocal(this, "key", this.key).friendlyUniqueId}`;
    const check = new DataResource(this, "check", {
      lifecycle: {
        precondition: [
          {
            condition: `\${${key}.id != "" && ${key}.secret != ""}`,
            errorMessage: "The key of the object store is empty.",
          },
        ],
      },
    });
    movedFrom(check, "terraform_data.validate_s3_config");
  }
}
