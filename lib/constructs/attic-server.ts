import { ConfigMap } from "@cdktf/provider-kubernetes/lib/config-map";
import { Secret } from "@cdktf/provider-kubernetes/lib/secret";
import { type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { addressOf } from "./address";
import { atticPort, atticServerToml, type AtticServerSettings } from "./attic-server-toml";
import { type DeploymentIngress, HpaDeployment, type HpaDeploymentProps } from "./hpa-deployment";
import { movedFrom } from "./moved";

export interface AtticServerProps
  extends
    AtticServerSettings,
    Pick<
      HpaDeploymentProps,
      "image" | "resources" | "waitForRollout" | "initContainers" | "imagePullSecrets" | "dependsOn"
    > {
  readonly namespace: string;
  /** Address of the database with its password, as a reference. */
  readonly databaseUrl: string;
  /** The key tokens are signed with, in base64, as a reference. */
  readonly jwtKey: string;
  /** Key of the object store. */
  readonly objectStoreKey: { readonly id: string; readonly secret: string };
  readonly scaling: Pick<HpaDeploymentProps["scaling"], "minReplicas" | "maxReplicas" | "cpuPercent" | "memoryPercent">;
  /** @default no ingress */
  readonly ingress?: Omit<DeploymentIngress, "bodySize">;
}

/** What every Attic process of a cache runs with. */
export interface AtticRuntime {
  readonly configMap: string;
  readonly secret: string;
  /** Annotations of its pods: a change of the configuration starts them anew. */
  readonly checksum: Readonly<Record<string, string>>;
  readonly dependables: ITerraformDependable[];
}

/** Where the configuration is mounted, and how Attic is told. */
export const atticMountPath = "/etc/attic";
export const atticArguments = (mode: "monolithic" | "garbage-collector") => [
  "--config",
  `${atticMountPath}/server.toml`,
  "--mode",
  mode,
];

/** The Attic API server: its configuration, its secrets and its scaled deployment. */
export class AtticServer extends Construct {
  readonly api: HpaDeployment;
  readonly runtime: AtticRuntime;

  constructor(scope: Construct, id: string, props: AtticServerProps) {
    super(scope, id);
    const configMap = this.configuration(props);
    const secret = this.secrets(props);
    this.runtime = {
      configMap: configMap.metadata.name,
      secret: secret.metadata.name,
      checksum: { "checksum/config": `\${sha256(${addressOf(configMap)}.data["server.toml"])}` },
      dependables: [configMap, secret],
    };
    this.api = new HpaDeployment(this, "resource", {
      name: "attic",
      namespace: props.namespace,
      component: "api",
      partOf: "nix-cache",
      image: props.image,
      args: atticArguments("monolithic"),
      port: atticPort,
      healthPath: "/",
      environmentSecrets: [this.runtime.secret],
      configuration: { configMap: this.runtime.configMap, mountPath: atticMountPath },
      podAnnotations: this.runtime.checksum,
      initContainers: props.initContainers,
      imagePullSecrets: props.imagePullSecrets,
      resources: props.resources,
      waitForRollout: props.waitForRollout,
      scaling: { ...props.scaling, scaleDownPods: 2, scaleUpPods: 4 },
      // Whole store paths are uploaded in one request.
      ingress: props.ingress === undefined ? undefined : { ...props.ingress, bodySize: "10g" },
      dependsOn: [...props.dependsOn, secret],
      formerModule: "module.attic_api",
    });
  }

  /** A config map although it holds secrets: the old stack has it so, and another kind would be another object. */
  private configuration(props: AtticServerProps): ConfigMap {
    const configMap = new ConfigMap(this, "configuration", {
      metadata: { name: "attic-config", namespace: props.namespace, labels: labels("config") },
      data: {
        "server.toml": atticServerToml(this, "references", props, {
          databaseUrl: props.databaseUrl,
          jwtKey: props.jwtKey,
        }),
      },
      dependsOn: props.dependsOn,
    });
    movedFrom(configMap, "kubernetes_config_map.attic_config");
    return configMap;
  }

  private secrets({ namespace, databaseUrl, objectStoreKey, dependsOn }: AtticServerProps): Secret {
    const secret = new Secret(this, "secrets", {
      metadata: { name: "attic-secrets", namespace, labels: labels("secrets") },
      type: "Opaque",
      data: {
        DATABASE_URL: databaseUrl,
        AWS_ACCESS_KEY_ID: objectStoreKey.id,
        AWS_SECRET_ACCESS_KEY: objectStoreKey.secret,
      },
      dependsOn,
    });
    movedFrom(secret, "kubernetes_secret.attic_secrets");
    return secret;
  }
}

function labels(component: string): Record<string, string> {
  return {
    "app.kubernetes.io/name": "attic",
    "app.kubernetes.io/component": component,
    "app.kubernetes.io/managed-by": "opentofu",
  };
}
