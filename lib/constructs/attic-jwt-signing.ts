import { Secret } from "@cdktf/provider-kubernetes/lib/secret";
import { Password } from "@cdktf/provider-random/lib/password";
import { type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { base64Encoded } from "./encode";
import { movedFrom } from "./moved";
import { protectData } from "./protect";

export interface AtticJwtSigningProps {
  readonly namespace: string;
  readonly dependsOn: ITerraformDependable[];
}

/** The key in the secret. */
export const jwtSigningKey = "hs256-secret-base64";

/** The key that Attic signs its tokens with: generated, kept in state, and in a secret for those who make tokens. */
export class AtticJwtSigning extends Construct {
  /** The key in base64, as a sensitive reference. */
  readonly base64: string;
  /** Name of the secret. */
  readonly secretName: string;

  constructor(scope: Construct, id: string, props: AtticJwtSigningProps) {
    super(scope, id);
    const key = new Password(this, "key", { length: 64, special: false });
    protectData(key);
    movedFrom(key, "random_password.attic_jwt_secret");
    this.base64 = base64Encoded(this, "base64", key.result);

    const secret = new Secret(this, "resource", {
      metadata: {
        name: "attic-jwt-signing",
        namespace: props.namespace,
        labels: {
          "app.kubernetes.io/name": "attic",
          "app.kubernetes.io/component": "jwt-signing",
          "app.kubernetes.io/managed-by": "opentofu",
        },
      },
      type: "Opaque",
      data: { [jwtSigningKey]: this.base64 },
      dependsOn: props.dependsOn,
    });
    movedFrom(secret, "kubernetes_secret.attic_jwt_signing");
    this.secretName = secret.metadata.name;
  }
}
