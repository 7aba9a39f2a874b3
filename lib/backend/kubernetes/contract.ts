/**
 * State as a Secret of a cluster, locked by a Lease beside it (https://developer.hashicorp.com/terraform/language/backend/kubernetes).
 * How the cluster is reached is the environment's entry in organization.yaml.
 */
export interface KubernetesContract {
  readonly type: "kubernetes";
  readonly namespace: string;
  readonly secretSuffix: string;
  /** The kubeconfig's context. */
  readonly context: string;
  /** The kubeconfig, as configuration names it; absent where only the environment does. */
  readonly kubeconfig?: string;
}

/** The Secret that the engines keep the state in: ours run in the default workspace alone. */
export function secretName({ secretSuffix }: Pick<KubernetesContract, "secretSuffix">): string {
  return `tfstate-default-${secretSuffix}`;
}

/** The Lease that is held while somebody works on it. */
export function leaseName(contract: Pick<KubernetesContract, "secretSuffix">): string {
  return `lock-${secretName(contract)}`;
}
