import { Deployment } from "@cdktf/provider-kubernetes/lib/deployment";
import { PodDisruptionBudgetV1 } from "@cdktf/provider-kubernetes/lib/pod-disruption-budget-v1";
import { Service } from "@cdktf/provider-kubernetes/lib/service";
import { type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { type ContainerResources } from "./container-resources";
import { Hpa, type HpaProps } from "./hpa";
import { movedFrom } from "./moved";
import { asUser1000 } from "./security-context";
import { type InitContainer } from "./wait-for";
import { ingress } from "./ingress";

export interface HpaDeploymentProps {
  readonly name: string;
  readonly namespace: string;
  readonly component: string;
  readonly partOf: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly port: number;
  /** Path that answers 200 when the container lives and is ready. */
  readonly healthPath: string;
  /** Names of secrets that become the container's environment. */
  readonly environmentSecrets: readonly string[];
  /** A config map, mounted read-only. */
  readonly configuration: { readonly configMap: string; readonly mountPath: string };
  /** Annotations of the pods; a change starts them anew. */
  readonly podAnnotations: Readonly<Record<string, string>>;
  readonly initContainers: readonly InitContainer[];
  readonly imagePullSecrets: readonly string[];
  readonly resources: ContainerResources;
  readonly waitForRollout: boolean;
  readonly scaling: Pick<
    HpaProps,
    "minReplicas" | "maxReplicas" | "cpuPercent" | "memoryPercent" | "scaleDownPods" | "scaleUpPods"
  >;
  /** @default no ingress */
  readonly ingress?: DeploymentIngress;
  readonly dependsOn: ITerraformDependable[];
  readonly formerModule: string;
}

export interface DeploymentIngress {
  readonly host: string;
  readonly className: string;
  readonly tls: boolean;
  readonly issuer: string;
  /** Largest request body that nginx lets through. */
  readonly bodySize: string;
}

const servicePort = 80;

/** A stateless HTTP server: deployment, service, autoscaler, disruption budget and, if wanted, an ingress. */
export class HpaDeployment extends Construct {
  readonly deployment: Deployment;
  readonly service: Service;
  /** Where it answers inside the cluster. */
  readonly endpoint: string;
  private readonly selector: Record<string, string>;
  private readonly metadata: { name: string; namespace: string; labels: Record<string, string> };

  constructor(scope: Construct, id: string, props: HpaDeploymentProps) {
    super(scope, id);
    const { name, namespace, formerModule } = props;
    this.selector = { "app.kubernetes.io/name": name, "app.kubernetes.io/instance": `${name}-${namespace}` };
    const labels = {
      ...this.selector,
      "app.kubernetes.io/managed-by": "opentofu",
      "app.kubernetes.io/component": props.component,
      "app.kubernetes.io/part-of": props.partOf,
    };
    this.metadata = { name, namespace, labels };

    this.deployment = this.deploy(props);
    this.service = new Service(this, "service", {
      metadata: this.metadata,
      spec: {
        type: "ClusterIP",
        selector: this.selector,
        port: [{ name: "http", port: servicePort, targetPort: String(props.port), protocol: "TCP" }],
      },
      dependsOn: props.dependsOn,
    });
    movedFrom(this.service, `${formerModule}.kubernetes_service.main`);
    this.endpoint = `${this.service.metadata.name}.${namespace}.svc.cluster.local`;
    if (props.ingress !== undefined) this.expose(props.ingress, formerModule);
    new Hpa(this, "autoscaler", {
      ...this.metadata,
      ...props.scaling,
      deployment: this.deployment.metadata.name,
      formerly: `${formerModule}.kubernetes_horizontal_pod_autoscaler_v2.main[0]`,
    });
    const budget = new PodDisruptionBudgetV1(this, "disruption_budget", {
      metadata: this.metadata,
      spec: { minAvailable: "1", selector: { matchLabels: this.selector } },
    });
    movedFrom(budget, `${formerModule}.kubernetes_pod_disruption_budget_v1.main[0]`);
  }

  private deploy(props: HpaDeploymentProps): Deployment {
    const { name, configuration } = props;
    const probe = {
      httpGet: { path: props.healthPath, port: String(props.port) },
      timeoutSeconds: 5,
      failureThreshold: 3,
    };
    const deployment = new Deployment(this, "resource", {
      metadata: { ...this.metadata, annotations: { "app.kubernetes.io/created-by": "opentofu" } },
      waitForRollout: props.waitForRollout,
      spec: {
        replicas: String(props.scaling.minReplicas),
        selector: { matchLabels: this.selector },
        template: {
          metadata: {
            labels: this.metadata.labels,
            annotations: {
              "prometheus.io/scrape": "true",
              "prometheus.io/port": String(props.port),
              "prometheus.io/path": "/metrics",
              ...props.podAnnotations,
            },
          },
          spec: {
            serviceAccountName: "default",
            imagePullSecrets: props.imagePullSecrets.map((secret) => ({ name: secret })),
            securityContext: asUser1000,
            initContainer: [...props.initContainers],
            container: [
              {
                name,
                image: props.image,
                args: [...props.args],
                port: [{ containerPort: props.port, name: "http", protocol: "TCP" }],
                envFrom: props.environmentSecrets.map((secret) => ({ secretRef: { name: secret } })),
                volumeMount: [{ name: "config", mountPath: configuration.mountPath, readOnly: true }],
                resources: props.resources,
                livenessProbe: { ...probe, initialDelaySeconds: 10, periodSeconds: 30 },
                readinessProbe: { ...probe, initialDelaySeconds: 5, periodSeconds: 10 },
              },
            ],
            volume: [{ name: "config", configMap: { name: configuration.configMap } }],
            topologySpreadConstraint: spreadOverZones(this.selector),
          },
        },
      },
      // The autoscaler decides how many there are.
      lifecycle: { ignoreChanges: ["spec[0].replicas"] },
      dependsOn: props.dependsOn,
    });
    movedFrom(deployment, `${props.formerModule}.kubernetes_deployment.main`);
    return deployment;
  }

  private expose({ host, className, issuer, bodySize, tls }: DeploymentIngress, formerModule: string): void {
    const resource = ingress(this, {
      metadata: {
        ...this.metadata,
        annotations: {
          "kubernetes.io/ingress.class": className,
          "cert-manager.io/cluster-issuer": issuer,
          "nginx.ingress.kubernetes.io/proxy-body-size": bodySize,
        },
      },
      className,
      host,
      tls,
      service: this.service.metadata.name,
      port: servicePort,
    });
    movedFrom(resource, `${formerModule}.kubernetes_ingress_v1.main[0]`);
  }
}

/** Pods that `selector` matches spread over the zones, as far as there is room. */
export function spreadOverZones(selector: Readonly<Record<string, string>>) {
  return [
    {
      maxSkew: 1,
      topologyKey: "topology.kubernetes.io/zone",
      whenUnsatisfiable: "ScheduleAnyway",
      labelSelector: [{ matchLabels: { ...selector } }],
    },
  ];
}
