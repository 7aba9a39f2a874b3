import { Secret } from "@cdktf/provider-kubernetes/lib/secret";
import { type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { base64Encoded, jsonEncoded } from "./encode";
import { movedFrom } from "./moved";

/** The name of the pull secret, in every namespace that has one. */
export const pullSecretName = "ghcr-auth";

export interface RegistryPullSecretProps {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly username: string;
  /** The token, as a reference to a sensitive variable. */
  readonly token: string;
  /** @default nothing beyond what the values refer to */
  readonly dependsOn?: ITerraformDependable[];
  /** The address state knows it under. */
  readonly formerly: string;
}

/** Credentials with which the kubelet pulls images from ghcr.io. */
export class RegistryPullSecret extends Construct {
  constructor(scope: Construct, id: string, props: RegistryPullSecretProps) {
    super(scope, id);
    const auth = base64Encoded(this, "credentials", `${props.username}:${props.token}`);
    const secret = new Secret(this, "resource", {
      metadata: { name: pullSecretName, namespace: props.namespace, labels: { ...props.labels } },
      type: "kubernetes.io/dockerconfigjson",
      data: { ".dockerconfigjson": jsonEncoded(this, "docker_config", { auths: { "ghcr.io": { auth } } }) },
      dependsOn: props.dependsOn,
    });
    movedFrom(secret, props.formerly);
  }
}
