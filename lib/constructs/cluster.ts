import { HelmProvider } from "@cdktf/provider-helm/lib/provider";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { TerraformVariable } from "cdktf";
import { Construct } from "constructs";
import { type Cluster as ClusterConfiguration } from "../config/organization";
import { literal } from "./escape";

export interface ClusterProps {
  /** The environment's entry in organization.yaml. */
  readonly cluster: ClusterConfiguration;
  /** Whether the stack installs Helm charts. @default false */
  readonly helm?: boolean;
}

/**
 * The providers of one cluster. The kubeconfig is a variable, so that TF_VAR_k8s_config_path points CI at its own file; where
 * it is empty the providers read KUBE_CONFIG_PATH.
 */
export class Cluster extends Construct {
  constructor(scope: Construct, id: string, props: ClusterProps) {
    super(scope, id);
    const { context, kubeconfig } = literal(props.cluster);
    const path = new TerraformVariable(this, "k8s_config_path", {
      type: "string",
      default: kubeconfig ?? "",
      nullable: false,
      description: "The kubeconfig that reaches the cluster; empty: KUBE_CONFIG_PATH",
    });
    path.overrideLogicalId("k8s_config_path");
    const access = { configPath: '${var.k8s_config_path != "" ? var.k8s_config_path : null}', configContext: context };
    new KubernetesProvider(this, "kubernetes", access);
    if (props.helm === true) new HelmProvider(this, "helm", { kubernetes: access });
  }
}
