import { Secret } from "@cdktf/provider-kubernetes/lib/secret";
import { Password } from "@cdktf/provider-random/lib/password";
import { type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { movedFrom } from "./moved";
import { protectData } from "./protect";

export interface MinioCredentialsProps {
  readonly namespace: string;
  /** As a reference. @default minioadmin */
  readonly user?: string;
  /** As a reference. @default a generated one, kept in state */
  readonly password?: string;
  readonly dependsOn: ITerraformDependable[];
}

/** MinIO's root user, as the operator wants it: a secret with a file of shell assignments. */
export class MinioCredentials extends Construct {
  readonly secret: Secret;
  readonly user: string;
  readonly password: string;

  constructor(scope: Construct, id: string, props: MinioCredentialsProps) {
    super(scope, id);
    // Sensitive as a given one is: a state that has it so sees no change.
    this.user = props.user ?? '${sensitive("minioadmin")}';
    this.password = props.password ?? this.generated();
    this.secret = new Secret(this, "resource", {
      metadata: {
        name: "minio-credentials",
        namespace: props.namespace,
        labels: {
          "app.kubernetes.io/name": "minio",
          "app.kubernetes.io/component": "credentials",
          "app.kubernetes.io/managed-by": "opentofu",
        },
      },
      type: "Opaque",
      data: { "config.env": `export MINIO_ROOT_USER="${this.user}"\nexport MINIO_ROOT_PASSWORD="${this.password}"\n` },
      dependsOn: props.dependsOn,
    });
    movedFrom(this.secret, "kubernetes_secret.minio_credentials[0]");
  }

  private generated(): string {
    const password = new Password(this, "password", { length: 32, special: false });
    protectData(password);
    movedFrom(password, "random_password.minio_password[0]");
    return password.result;
  }
}
