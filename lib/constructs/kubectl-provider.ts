import { TerraformProvider } from "cdktf";
import { type Construct } from "constructs";

/** Where registries have it, and the version whose manifests recorded states hold. */
const kubectlSource = "alekc/kubectl";
export const kubectlVersion = "2.1.3";

/** The kubeconfig of the stack's variable, or none where that is empty: then the provider reads KUBE_CONFIG_PATH. */
export const clusterConfigPath = '${var.k8s_config_path != "" ? var.k8s_config_path : null}';

interface KubectlProviderConfig {
  /** The kubeconfig that reaches the cluster. @default KUBE_CONFIG_PATH */
  readonly configPath?: string;
  /** The context in it. @default its current context */
  readonly configContext?: string;
  /** Whether a kubeconfig is read at all. @default true */
  readonly loadConfigFile?: boolean;
}

/** The provider `alekc/kubectl`, which applies manifests of kinds that a plan need not find in the cluster yet. */
export class KubectlProvider extends TerraformProvider {
  private readonly config: KubectlProviderConfig;

  constructor(scope: Construct, id: string, config: KubectlProviderConfig = {}) {
    super(scope, id, {
      terraformResourceType: "kubectl",
      terraformGeneratorMetadata: {
        providerName: "kubectl",
        providerVersion: kubectlVersion,
        providerVersionConstraint: kubectlVersion,
      },
      terraformProviderSource: kubectlSource,
    });
    this.config = config;
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    const { configPath, configContext, loadConfigFile } = this.config;
    return { config_path: configPath, config_context: configContext, load_config_file: loadConfigFile };
  }
}
