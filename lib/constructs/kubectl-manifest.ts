import { type TerraformMetaArguments, TerraformResource } from "cdktf";
import { type Construct } from "constructs";
import { yamlEncoded } from "./encode";
import { kubectlVersion } from "./kubectl-provider";

/** A Kubernetes object as data, references allowed in its texts. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

interface KubectlManifestConfig extends TerraformMetaArguments {
  /** The object; it reaches the provider as the engine's own `yamlencode` writes it. */
  readonly object: KubernetesObject;
  /** Fields that others change and no plan sets back. @default none */
  readonly ignoreFields?: readonly string[];
  /** Whether the API server merges fields by owner. @default false */
  readonly serverSideApply?: boolean;
  /** Whether fields that another owner holds are taken over. @default false */
  readonly forceConflicts?: boolean;
}

/** A `kubectl_manifest`: an object of any kind, whose definition may be installed by the same apply. */
export class KubectlManifest extends TerraformResource {
  private readonly config: KubectlManifestConfig;
  private readonly yamlBody: string;

  constructor(scope: Construct, id: string, config: KubectlManifestConfig) {
    super(scope, id, {
      terraformResourceType: "kubectl_manifest",
      terraformGeneratorMetadata: {
        providerName: "kubectl",
        providerVersion: kubectlVersion,
        providerVersionConstraint: kubectlVersion,
      },
      provider: config.provider,
      dependsOn: config.dependsOn,
      count: config.count,
      lifecycle: config.lifecycle,
      forEach: config.forEach,
      provisioners: config.provisioners,
      connection: config.connection,
    });
    this.config = config;
    this.yamlBody = yamlEncoded(this, "object", config.object);
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    const { ignoreFields, serverSideApply, forceConflicts } = this.config;
    return {
      yaml_body: this.yamlBody,
      ignore_fields: ignoreFields,
      server_side_apply: serverSideApply,
      force_conflicts: forceConflicts,
    };
  }
}
