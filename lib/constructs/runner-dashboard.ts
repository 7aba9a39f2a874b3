import {
  Deployment,
  type DeploymentSpecTemplateSpecContainer,
  type DeploymentSpecTemplateSpecContainerEnv,
} from "@cdktf/provider-kubernetes/lib/deployment";
import { Namespace } from "@cdktf/provider-kubernetes/lib/namespace";
import { Service } from "@cdktf/provider-kubernetes/lib/service";
import { type TerraformResource } from "cdktf";
import { Construct } from "constructs";
import { addressOf } from "./address";
import { CaddyProxy, type CaddyProxyProps } from "./caddy-proxy";
import { type ContainerResources } from "./container-resources";
import { DashboardAccess } from "./dashboard-access";
import { DashboardConfiguration } from "./dashboard-configuration";
import { movedFrom } from "./moved";
import { RegistryPullSecret } from "./registry-pull-secret";
import { asUser1000, restricted } from "./security-context";
import { sensitive } from "./sensitive";
import { ingress } from "./ingress";

/** The port the dashboard listens on. */
export const dashboardPort = 3000;

const servicePort = 80;
const formerModule = "module.runner_dashboard";

export interface RunnerDashboardProps {
  readonly name: string;
  readonly namespace: string;
  readonly image: string;
  readonly replicas: number;
  readonly waitForRollout: boolean;
  readonly resources: ContainerResources;
  readonly variables: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly sessionSecret?: string;
  readonly environments?: string;
  /** Environment of the container itself: wins over `variables` and `secrets`. */
  readonly environmentVariables: Readonly<Record<string, string>>;
  readonly runnersNamespace: string;
  readonly arcNamespaces: readonly string[];
  readonly prometheusScrape: boolean;
  /** Name of a pull secret in the namespace. @default none */
  readonly imagePullSecret?: string;
  /** Credentials to make the pull secret of. @default none is made */
  readonly registry?: { readonly username: string; readonly token: string };
  /** @default no ingress */
  readonly ingress?: {
    readonly host: string;
    readonly className: string;
    readonly tls: boolean;
    readonly annotations: Readonly<Record<string, string>>;
  };
  /** @default no side-car */
  readonly caddy?: Omit<CaddyProxyProps, "name" | "namespace" | "labels" | "backendPort" | "formerModule">;
}

/** The runner dashboard: namespace, configuration, access, deployment, service and ingress. */
export class RunnerDashboard extends Construct {
  readonly namespaceName: string;
  readonly deployment: Deployment;
  readonly service: Service;
  readonly access: DashboardAccess;
  private readonly labels: Record<string, string>;
  private readonly selector: Record<string, string>;

  constructor(scope: Construct, id: string, props: RunnerDashboardProps) {
    super(scope, id);
    const { name } = props;
    this.selector = {
      "app.kubernetes.io/name": "runner-dashboard",
      "app.kubernetes.io/instance": `${name}-${props.namespace}`,
    };
    this.labels = {
      ...this.selector,
      "app.kubernetes.io/managed-by": "opentofu",
      "app.kubernetes.io/component": "dashboard",
    };

    this.namespaceName = this.namespace(props.namespace);
    const namespaced = { name, namespace: this.namespaceName, labels: this.labels, formerModule };
    const configuration = new DashboardConfiguration(this, "configuration", {
      ...namespaced,
      ...props,
      namespace: this.namespaceName,
    });
    this.access = new DashboardAccess(this, "access", {
      ...namespaced,
      runnersNamespace: props.runnersNamespace,
      arcNamespaces: props.arcNamespaces,
    });
    if (props.registry !== undefined) {
      new RegistryPullSecret(this, "pull_secret", {
        ...namespaced,
        ...props.registry,
        formerly: `${formerModule}.kubernetes_secret.ghcr_auth[0]`,
      });
    }
    const caddy =
      props.caddy === undefined
        ? undefined
        : new CaddyProxy(this, "caddy", { ...namespaced, ...props.caddy, backendPort: dashboardPort });
    this.deployment = this.deploy(props, configuration, caddy);
    this.service = this.serve(name, props.caddy?.port ?? dashboardPort);
    if (props.ingress !== undefined) this.expose(name, props.ingress);
  }

  private namespace(name: string): string {
    const namespace = new Namespace(this, "namespace", {
      metadata: {
        name,
        labels: {
          "app.kubernetes.io/name": "runner-dashboard",
          "app.kubernetes.io/component": "dashboard",
          "app.kubernetes.io/managed-by": "opentofu",
          "app.kubernetes.io/part-of": "runner-dashboard",
          "kubernetes.io/metadata.name": name,
          "pod-security.kubernetes.io/enforce": "baseline",
          "pod-security.kubernetes.io/enforce-version": "latest",
          "pod-security.kubernetes.io/warn": "restricted",
          "pod-security.kubernetes.io/warn-version": "latest",
          "pod-security.kubernetes.io/audit": "restricted",
          "pod-security.kubernetes.io/audit-version": "latest",
        },
        annotations: { description: "GitLab Runner Dashboard with monitoring and management UI" },
      },
      lifecycle: { ignoreChanges: ['metadata[0].annotations["kubectl.kubernetes.io/last-applied-configuration"]'] },
    });
    movedFrom(namespace, `${formerModule}.kubernetes_namespace.dashboard[0]`);
    return namespace.metadata.name;
  }

  private deploy(
    props: RunnerDashboardProps,
    configuration: DashboardConfiguration,
    caddy: CaddyProxy | undefined,
  ): Deployment {
    const { environments } = configuration;
    const environmentsVolume =
      environments === undefined
        ? []
        : [{ name: "environments-config", configMap: { name: environments.metadata.name } }];
    const deployment = new Deployment(this, "resource", {
      metadata: {
        name: props.name,
        namespace: this.namespaceName,
        labels: this.labels,
        annotations: { "app.kubernetes.io/created-by": "opentofu" },
      },
      waitForRollout: props.waitForRollout,
      spec: {
        replicas: String(props.replicas),
        selector: { matchLabels: this.selector },
        template: {
          metadata: {
            labels: this.labels,
            annotations: {
              "prometheus.io/scrape": String(props.prometheusScrape),
              "prometheus.io/port": String(props.caddy?.port ?? dashboardPort),
              "prometheus.io/path": "/metrics",
              // A change of what a pod reads only at its start starts it anew.
              "checksum/config": checksumOf(configuration.configMap),
              "checksum/secrets": checksumOf(configuration.secret),
              ...(caddy === undefined ? {} : { "checksum/caddyfile": checksumOf(caddy.configMap) }),
            },
          },
          spec: {
            serviceAccountName: this.access.serviceAccount.metadata.name,
            imagePullSecrets: props.imagePullSecret === undefined ? [] : [{ name: sensitive(props.imagePullSecret) }],
            securityContext: asUser1000,
            container: [...(caddy === undefined ? [] : [caddy.container]), dashboardContainer(props, configuration)],
            volume: [...environmentsVolume, ...(caddy?.volumes ?? [])],
          },
        },
      },
      dependsOn: [configuration.configMap, configuration.secret, this.access.serviceAccount],
    });
    movedFrom(deployment, `${formerModule}.kubernetes_deployment.dashboard`);
    return deployment;
  }

  private serve(name: string, targetPort: number): Service {
    const service = new Service(this, "service", {
      metadata: { name, namespace: this.namespaceName, labels: this.labels },
      spec: {
        type: "ClusterIP",
        selector: this.selector,
        port: [{ name: "http", port: servicePort, targetPort: String(targetPort), protocol: "TCP" }],
      },
    });
    movedFrom(service, `${formerModule}.kubernetes_service.dashboard`);
    return service;
  }

  private expose(name: string, exposure: NonNullable<RunnerDashboardProps["ingress"]>): void {
    const { host, className, tls, annotations } = exposure;
    const resource = ingress(this, {
      metadata: { name, namespace: this.namespaceName, labels: this.labels, annotations: { ...annotations } },
      className,
      host,
      tls,
      service: this.service.metadata.name,
      port: servicePort,
    });
    movedFrom(resource, `${formerModule}.kubernetes_ingress_v1.dashboard[0]`);
  }
}

/** The engine's own hash of a resource's data, known as soon as the data is. */
function checksumOf(resource: TerraformResource): string {
  return `\${sha256(jsonencode(${addressOf(resource)}.data))}`;
}

function dashboardContainer(
  props: RunnerDashboardProps,
  configuration: DashboardConfiguration,
): DeploymentSpecTemplateSpecContainer {
  const env: DeploymentSpecTemplateSpecContainerEnv[] = Object.keys(props.environmentVariables)
    .sort()
    .map((name) => ({ name, value: props.environmentVariables[name] }));
  if (configuration.environments !== undefined)
    env.push({ name: "ENVIRONMENTS_CONFIG_PATH", value: "/etc/dashboard/environments.json" });
  // Calls to the API server are checked against the cluster's own CA.
  env.push({ name: "NODE_EXTRA_CA_CERTS", value: "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt" });
  if (props.caddy !== undefined) env.push({ name: "HOST", value: "127.0.0.1" });
  const healthCheck = {
    httpGet: { path: "/api/health", port: String(dashboardPort) },
    timeoutSeconds: 5,
    failureThreshold: 3,
  };
  return {
    name: props.name,
    image: props.image,
    port: [{ containerPort: dashboardPort, name: "http", protocol: "TCP" }],
    envFrom: [
      { configMapRef: { name: configuration.configMap.metadata.name } },
      { secretRef: { name: configuration.secret.metadata.name } },
    ],
    env,
    resources: props.resources,
    livenessProbe: { ...healthCheck, initialDelaySeconds: 10, periodSeconds: 30 },
    readinessProbe: { ...healthCheck, initialDelaySeconds: 5, periodSeconds: 10 },
    volumeMount:
      configuration.environments === undefined
        ? []
        : [{ name: "environments-config", mountPath: "/etc/dashboard", readOnly: true }],
    securityContext: restricted,
  };
}
