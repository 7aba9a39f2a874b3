import { DataKubernetesNamespace } from "@cdktf/provider-kubernetes/lib/data-kubernetes-namespace";
import { Namespace } from "@cdktf/provider-kubernetes/lib/namespace";
import { type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { protectData } from "./protect";

export interface StateAuthorityNamespaceProps {
  readonly name: string;
  /** Whether it is there already and somebody else's. */
  readonly adopt: boolean;
  /** Whether data lies in it. */
  readonly holdsData: boolean;
}

/** The namespace of the state authority: every pod in it is restricted. */
export class StateAuthorityNamespace extends Construct {
  readonly name: string;
  /** What must exist before anything in it. */
  readonly dependables: ITerraformDependable[];

  constructor(scope: Construct, id: string, props: StateAuthorityNamespaceProps) {
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
          "app.kubernetes.io/name": "state-authority",
          "app.kubernetes.io/managed-by": "opentofu",
          "app.kubernetes.io/part-of": "flywheel",
          "kubernetes.io/metadata.name": props.name,
          "pod-security.kubernetes.io/enforce": "restricted",
          "pod-security.kubernetes.io/enforce-version": "latest",
        },
        annotations: { description: "State authority: flywheel serve, its jobs and its store" },
      },
      lifecycle: { ignoreChanges: ['metadata[0].annotations["kubectl.kubernetes.io/last-applied-configuration"]'] },
    });
    if (props.holdsData) protectData(namespace);
    this.name = namespace.metadata.name;
    this.dependables = [namespace];
  }
}
