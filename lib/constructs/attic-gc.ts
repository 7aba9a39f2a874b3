import { Deployment } from "@cdktf/provider-kubernetes/lib/deployment";
import { type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { atticArguments, atticMountPath, type AtticRuntime } from "./attic-server";
import { type ContainerResources } from "./container-resources";
import { movedFrom } from "./moved";
import { type InitContainer } from "./wait-for";

export interface AtticGcProps {
  readonly namespace: string;
  readonly image: string;
  readonly runtime: AtticRuntime;
  readonly resources: ContainerResources;
  readonly initContainers: readonly InitContainer[];
  readonly imagePullSecrets: readonly string[];
  readonly dependsOn: ITerraformDependable[];
}

const name = "attic-gc";

/** Attic's garbage collector: one process, beside the API servers and with their configuration. */
export class AtticGc extends Construct {
  readonly deploymentName: string;

  constructor(scope: Construct, id: string, props: AtticGcProps) {
    super(scope, id);
    const { namespace, image, runtime } = props;
    const selector = { "app.kubernetes.io/name": name };
    const labels = {
      ...selector,
      "app.kubernetes.io/component": "garbage-collector",
      "app.kubernetes.io/managed-by": "opentofu",
    };
    const deployment = new Deployment(this, "resource", {
      metadata: { name, namespace, labels: { ...labels, "app.kubernetes.io/part-of": "nix-cache" } },
      // It waits for the database by itself.
      waitForRollout: false,
      spec: {
        replicas: "1",
        selector: { matchLabels: selector },
        template: {
          metadata: { labels, annotations: { ...runtime.checksum } },
          spec: {
            imagePullSecrets: props.imagePullSecrets.map((secret) => ({ name: secret })),
            initContainer: [...props.initContainers],
            container: [
              {
                name,
                image,
                args: atticArguments("garbage-collector"),
                envFrom: [{ secretRef: { name: runtime.secret } }],
                volumeMount: [{ name: "config", mountPath: atticMountPath, readOnly: true }],
                resources: props.resources,
              },
            ],
            volume: [{ name: "config", configMap: { name: runtime.configMap } }],
          },
        },
      },
      dependsOn: [...props.dependsOn, ...runtime.dependables],
    });
    movedFrom(deployment, "kubernetes_deployment.attic_gc");
    this.deploymentName = deployment.metadata.name;
  }
}
