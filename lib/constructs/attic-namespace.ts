import { DataKubernetesNamespace } from "@cdktf/provider-kubernetes/lib/data-kubernetes-namespace";
import { Namespace } from "@cdktf/provider-kubernetes/lib/namespace";
import { type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { movedFrom } from "./moved";
import { protectData } from "./protect";

export interface AtticNamespaceProps {
  readonly name: string;
  /** Whether it is there already and somebody else's. */
  readonly adopt: boolean;
}

/** The namespace of a cache: made here, or found and left as it is. Everything the cache keeps lies in it. */
export class AtticNamespace extends Construct {
  readonly name: string;
  /** What must exist before anything in it. */
  readonly dependables: ITerraformDependable[];

  constructor(scope: Construct, id: string, props: AtticNamespaceProps) {
    super(scope, id);
    if (props.adopt) {
      this.name = new DataKubernetesNamespace(this, "resource", { metadata: { name: props.name } }).metadata.name;
      this.dependables = [];
      return;
    }
    const namespace = new Namespace(this, "resource", {
      metadata: {
        name: props.name,
        labels: {
          "app.kubernetes.io/name": "attic",
          "app.kubernetes.io/component": "nix-cache",
          "app.kubernetes.io/managed-by": "opentofu",
          "app.kubernetes.io/part-of": "tinyland-infra",
          "kubernetes.io/metadata.name": props.name,
          "pod-security.kubernetes.io/enforce": "baseline",
          "pod-security.kubernetes.io/enforce-version": "latest",
          "pod-security.kubernetes.io/warn": "restricted",
          "pod-security.kubernetes.io/warn-version": "latest",
          "pod-security.kubernetes.io/audit": "restricted",
          "pod-security.kubernetes.io/audit-version": "latest",
        },
        annotations: { description: "Nix binary cache powered by Attic" },
      },
      lifecycle: { ignoreChanges: ['metadata[0].annotations["kubectl.kubernetes.io/last-applied-configuration"]'] },
    });
    protectData(namespace);
    movedFrom(namespace, "kubernetes_namespace.nix_cache[0]");
    this.name = namespace.metadata.name;
    this.dependables = [namespace];
  }
}
