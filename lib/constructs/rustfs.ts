import { Deployment } from "@cdktf/provider-kubernetes/lib/deployment";
import { PersistentVolumeClaim } from "@cdktf/provider-kubernetes/lib/persistent-volume-claim";
import { Service } from "@cdktf/provider-kubernetes/lib/service";
import { type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { type ContainerResources } from "./container-resources";
import { protectData } from "./protect";
import { restrictedFully, scratchMount, scratchVolume } from "./security-context";

export interface RustfsProps {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Labels of its pods alone. */
  readonly selector: Readonly<Record<string, string>>;
  readonly image: string;
  /** @default the deployment's */
  readonly serviceName?: string;
  readonly claimName: string;
  readonly storageClass: string;
  readonly volumeSize: string;
  /** The node that has the volume. */
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** Secret with the root key pair, as RUSTFS_ACCESS_KEY and RUSTFS_SECRET_KEY. */
  readonly rootSecret: string;
  readonly resources: ContainerResources;
  readonly waitForRollout: boolean;
  readonly dependsOn: ITerraformDependable[];
}

export const rustfsPort = 9000;
/** The image's own user, to whom its files belong. */
const rustfsUser = "10001";
const dataPath = "/data";

/** An object store for states alone: one RustFS on one durable volume. */
export class Rustfs extends Construct {
  /** What must be there before a bucket can be. */
  readonly dependables: ITerraformDependable[];

  constructor(scope: Construct, id: string, props: RustfsProps) {
    super(scope, id);
    const { name, namespace, dependsOn } = props;
    const labels = { ...props.labels };
    const claim = new PersistentVolumeClaim(this, "claim", {
      metadata: { name: props.claimName, namespace, labels },
      // The class binds a volume when a pod comes.
      waitUntilBound: false,
      spec: {
        accessModes: ["ReadWriteOnce"],
        storageClassName: props.storageClass,
        resources: { requests: { storage: props.volumeSize } },
      },
      dependsOn,
    });
    protectData(claim);
    const deployment = this.deploy(props, claim.metadata.name);
    const service = new Service(this, "service", {
      metadata: { name: props.serviceName ?? name, namespace, labels },
      spec: {
        type: "ClusterIP",
        selector: { ...props.selector },
        port: [{ name: "s3", port: rustfsPort, targetPort: String(rustfsPort), protocol: "TCP" }],
      },
      dependsOn,
    });
    this.dependables = [deployment, service];
  }

  private deploy(props: RustfsProps, claim: string): Deployment {
    const { name, namespace } = props;
    const labels = { ...props.labels };
    const matchLabels = { ...props.selector };
    const probe = { httpGet: { path: "/health", port: String(rustfsPort) }, timeoutSeconds: 5 };
    return new Deployment(this, "resource", {
      metadata: { name, namespace, labels },
      waitForRollout: props.waitForRollout,
      spec: {
        replicas: "1",
        selector: { matchLabels },
        // Two servers on one volume would each believe that it is theirs.
        strategy: { type: "Recreate" },
        template: {
          metadata: { labels: { ...labels, ...matchLabels } },
          spec: {
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            nodeSelector: { ...props.nodeSelector },
            securityContext: {
              runAsNonRoot: true,
              runAsUser: rustfsUser,
              runAsGroup: rustfsUser,
              fsGroup: rustfsUser,
              // The files of a large volume are not changed one by one at every start.
              fsGroupChangePolicy: "OnRootMismatch",
              seccompProfile: { type: "RuntimeDefault" },
            },
            terminationGracePeriodSeconds: 60,
            container: [
              {
                name: "rustfs",
                image: props.image,
                env: [
                  { name: "RUSTFS_VOLUMES", value: dataPath },
                  { name: "RUSTFS_ADDRESS", value: `:${rustfsPort}` },
                  { name: "RUSTFS_CONSOLE_ENABLE", value: "false" },
                  { name: "RUSTFS_OBS_LOG_DIRECTORY", value: scratchMount.mountPath },
                ],
                envFrom: [{ secretRef: { name: props.rootSecret } }],
                port: [{ containerPort: rustfsPort, name: "s3", protocol: "TCP" }],
                volumeMount: [{ name: "data", mountPath: dataPath }, scratchMount],
                resources: props.resources,
                securityContext: restrictedFully,
                startupProbe: { ...probe, periodSeconds: 5, failureThreshold: 60 },
                readinessProbe: { ...probe, periodSeconds: 10, failureThreshold: 3 },
                livenessProbe: { ...probe, periodSeconds: 30, failureThreshold: 6 },
              },
            ],
            volume: [{ name: "data", persistentVolumeClaim: { claimName: claim } }, scratchVolume],
          },
        },
      },
      dependsOn: props.dependsOn,
    });
  }
}
