import { Deployment } from "@cdktf/provider-kubernetes/lib/deployment";
import { PodDisruptionBudgetV1 } from "@cdktf/provider-kubernetes/lib/pod-disruption-budget-v1";
import { Service } from "@cdktf/provider-kubernetes/lib/service";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1";
import { type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { type ContainerResources } from "./container-resources";
import { configurationPath, type FlywheelConfiguration } from "./flywheel-configuration";
import { ingress } from "./ingress";
import { flywheelPod, restrictedFully, scratchMount, scratchVolume } from "./security-context";

export interface StateServerProps {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Labels of its pods alone. */
  readonly selector: Readonly<Record<string, string>>;
  readonly image: string;
  readonly imagePullSecrets: readonly string[];
  readonly replicas: number;
  readonly waitForRollout: boolean;
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly resources: ContainerResources;
  readonly configuration: FlywheelConfiguration;
  /** Secret with the file of users, as its entry `users.yaml`. */
  readonly usersSecret: string;
  /** Secret with the store's key pair, under the names that every S3 client reads. */
  readonly storeSecret: string;
  /** How it is reached from outside. @default not at all */
  readonly exposure?: {
    readonly host: string;
    readonly className: string;
    /** Whether the class itself has a certificate for the host, as the tailnet's has. */
    readonly ownCertificate: boolean;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly dependsOn: ITerraformDependable[];
}

export const serverPort = 8080;
const servicePort = 80;
const usersPath = "/etc/flywheel/users";

/** `flywheel serve` over the bucket. It keeps nothing on its own disk: any pod may go at any time. */
export class StateServer extends Construct {
  readonly service: Service;
  readonly deployment: Deployment;

  constructor(scope: Construct, id: string, props: StateServerProps) {
    super(scope, id);
    const { name, namespace, dependsOn } = props;
    const metadata = { name, namespace, labels: { ...props.labels } };
    const matchLabels = { ...props.selector };
    // It asks the API server for nothing.
    const account = new ServiceAccountV1(this, "service_account", {
      metadata,
      automountServiceAccountToken: false,
      dependsOn,
    });
    this.deployment = this.deploy(props, account.metadata.name);
    this.service = new Service(this, "service", {
      metadata,
      spec: {
        type: "ClusterIP",
        selector: matchLabels,
        port: [{ name: "http", port: servicePort, targetPort: String(serverPort), protocol: "TCP" }],
      },
      dependsOn,
    });
    new PodDisruptionBudgetV1(this, "disruption_budget", {
      metadata,
      spec: { maxUnavailable: "1", selector: { matchLabels } },
      dependsOn,
    });
    if (props.exposure !== undefined) this.expose(metadata, props.exposure);
  }

  private expose(
    metadata: { name: string; namespace: string; labels: Record<string, string> },
    { host, className, ownCertificate, annotations }: NonNullable<StateServerProps["exposure"]>,
  ): void {
    const resource = ingress(this, {
      metadata: { ...metadata, annotations: { ...annotations } },
      className,
      host,
      tls: true,
      service: this.service.metadata.name,
      port: servicePort,
    });
    if (ownCertificate) resource.addOverride("spec.tls", [{ hosts: [host] }]);
  }

  private deploy(props: StateServerProps, serviceAccount: string): Deployment {
    const { name, namespace, configuration } = props;
    const matchLabels = { ...props.selector };
    const probe = (path: string) => ({ httpGet: { path, port: String(serverPort) }, timeoutSeconds: 5 });
    return new Deployment(this, "resource", {
      metadata: { name, namespace, labels: { ...props.labels } },
      waitForRollout: props.waitForRollout,
      spec: {
        replicas: String(props.replicas),
        selector: { matchLabels },
        // Before one goes another answers.
        strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "0", maxSurge: "1" } },
        template: {
          metadata: {
            labels: { ...props.labels, ...matchLabels },
            annotations: { "checksum/config": configuration.checksum },
          },
          spec: {
            ...flywheelPod(props),
            serviceAccountName: serviceAccount,
            // It finishes what it accepted, for 25 seconds at most.
            terminationGracePeriodSeconds: 40,
            topologySpreadConstraint: ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map((topologyKey) => ({
              maxSkew: 1,
              topologyKey,
              whenUnsatisfiable: "ScheduleAnyway",
              labelSelector: [{ matchLabels }],
            })),
            container: [
              {
                name: "serve",
                image: props.image,
                args: [
                  ...["serve", "--store", "s3", "--listen", `0.0.0.0:${serverPort}`],
                  ...["--users", `${usersPath}/users.yaml`, "--behind-tls-proxy"],
                ],
                port: [{ containerPort: serverPort, name: "http", protocol: "TCP" }],
                env: [{ name: "FLYWHEEL_CONFIG_DIR", value: configurationPath }],
                envFrom: [{ secretRef: { name: props.storeSecret } }],
                volumeMount: [
                  { name: "config", mountPath: configurationPath, readOnly: true },
                  { name: "users", mountPath: usersPath, readOnly: true },
                  scratchMount,
                ],
                resources: props.resources,
                securityContext: restrictedFully,
                startupProbe: { ...probe("/healthz"), periodSeconds: 2, failureThreshold: 30 },
                livenessProbe: { ...probe("/healthz"), periodSeconds: 15, failureThreshold: 4 },
                // A store that is out makes a pod unready, and restarts none: restarting would not bring it back.
                readinessProbe: { ...probe("/readyz"), periodSeconds: 10, failureThreshold: 3 },
              },
            ],
            volume: [
              configuration.volume("config"),
              { name: "users", secret: { secretName: props.usersSecret } },
              scratchVolume,
            ],
          },
        },
      },
      dependsOn: [...props.dependsOn, configuration.configMap],
    });
  }
}
