import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1";
import {
  DeploymentV1,
  type DeploymentV1SpecTemplateSpecContainer,
  type DeploymentV1SpecTemplateSpecContainerEnv,
} from "@cdktf/provider-kubernetes/lib/deployment-v1";
import { SecretV1 } from "@cdktf/provider-kubernetes/lib/secret-v1";
import { ServiceV1 } from "@cdktf/provider-kubernetes/lib/service-v1";
import { type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { addressOf } from "./address";
import { BazelCacheMonitoring } from "./bazel-cache-monitoring";
import { type ContainerResources } from "./container-resources";
import { yamlEncoded } from "./encode";
import { Hpa } from "./hpa";
import { spreadOverZones } from "./hpa-deployment";
import { movedFrom } from "./moved";
import { asUser1000 } from "./security-context";
import { type InitContainer } from "./wait-for";
import { ingress } from "./ingress";

export interface BazelCacheProps {
  readonly name: string;
  readonly namespace: string;
  /** Host and port of the S3 API, plain HTTP. */
  readonly objectStore: string;
  readonly bucket: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** Upper bound of the cache in GiB. */
  readonly maxSize: number;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly resources: ContainerResources;
  readonly imagePullSecrets: readonly string[];
  readonly initContainers: readonly InitContainer[];
  /** Whether Prometheus' operator is there to scrape it. */
  readonly monitoring: boolean;
  /** @default no ingress */
  readonly ingress?: { readonly host: string; readonly issuer: string };
  readonly dependsOn: ITerraformDependable[];
}

const grpcPort = 9092;
const httpPort = 8080;
const formerModule = "module.bazel_cache[0]";
const image = "ghcr.io/tinyland-inc/bazel-remote-cache:v2.4.4";

/** A remote cache for Bazel (bazel-remote), whose blobs lie in an object store. */
export class BazelCache extends Construct {
  /** Where Bazel reaches it inside the cluster. */
  readonly grpcEndpoint: string;
  /** Where its status and metrics are inside the cluster. */
  readonly httpEndpoint: string;
  /** What Bazel needs in its .bazelrc inside the cluster. */
  readonly bazelrc: string;
  private readonly selector: Record<string, string>;
  private readonly metadata: { name: string; namespace: string; labels: Record<string, string> };

  constructor(scope: Construct, id: string, props: BazelCacheProps) {
    super(scope, id);
    const { name, namespace } = props;
    this.selector = { "app.kubernetes.io/name": name, "app.kubernetes.io/instance": `${name}-${namespace}` };
    const labels = {
      ...this.selector,
      "app.kubernetes.io/component": "build-cache",
      "app.kubernetes.io/part-of": "build-infrastructure",
      "app.kubernetes.io/managed-by": "opentofu",
    };
    this.metadata = { name, namespace, labels };

    const key = this.key(props);
    const configuration = this.configuration(props);
    const deployment = this.deploy(props, key, configuration);
    const service = new ServiceV1(this, "service", {
      metadata: this.metadata,
      spec: {
        type: "ClusterIP",
        selector: this.selector,
        port: [servicePort("grpc", grpcPort), servicePort("http", httpPort)],
      },
    });
    movedFrom(service, `${formerModule}.kubernetes_service_v1.main`);
    new Hpa(this, "autoscaler", {
      ...this.metadata,
      deployment: deployment.metadata.name,
      minReplicas: props.minReplicas,
      maxReplicas: props.maxReplicas,
      cpuPercent: 70,
      memoryPercent: 80,
      scaleDownPods: 1,
      scaleUpPods: 2,
      formerly: `${formerModule}.kubernetes_horizontal_pod_autoscaler_v2.main`,
    });
    if (props.ingress !== undefined) this.expose(props.ingress, service);
    if (props.monitoring)
      new BazelCacheMonitoring(this, "monitoring", {
        ...this.metadata,
        selector: this.selector,
        dependsOn: props.dependsOn,
        formerModule,
      });

    const host = `${service.metadata.name}.${namespace}.svc.cluster.local`;
    this.grpcEndpoint = `grpc://${host}:${grpcPort}`;
    this.bazelrc = [
      "# Bazel remote cache configuration (cluster-internal)",
      `build:ci-internal --remote_cache=${this.grpcEndpoint}`,
      "build:ci-internal --remote_upload_local_results=true",
      "build:ci-internal --remote_download_minimal",
      "",
    ].join("\n");
    this.httpEndpoint = `http://${host}:${httpPort}`;
  }

  private key({ name, namespace, accessKey, secretKey, dependsOn }: BazelCacheProps): SecretV1 {
    const secret = new SecretV1(this, "object_store_key", {
      metadata: {
        name: `${name}-s3-credentials`,
        namespace,
        labels: {
          "app.kubernetes.io/name": name,
          "app.kubernetes.io/component": "storage-credentials",
          "app.kubernetes.io/managed-by": "opentofu",
        },
      },
      data: { "access-key": accessKey, "secret-key": secretKey },
      dependsOn,
    });
    movedFrom(secret, "kubernetes_secret_v1.bazel_cache_s3[0]");
    return secret;
  }

  private configuration({ name, maxSize, monitoring, dependsOn }: BazelCacheProps): ConfigMapV1 {
    const configuration = yamlEncoded(this, "configuration", {
      dir: "/data",
      max_size: maxSize,
      host: "0.0.0.0",
      port: httpPort,
      grpc_port: grpcPort,
      num_uploaders: 100,
      max_queued_uploads: 1_000_000,
      enable_endpoint_metrics: monitoring,
      access_log_level: "none",
    });
    const configMap = new ConfigMapV1(this, "configuration_map", {
      metadata: { ...this.metadata, name: `${name}-config` },
      data: { "config.yaml": configuration },
      dependsOn,
    });
    movedFrom(configMap, `${formerModule}.kubernetes_config_map_v1.config`);
    return configMap;
  }

  private deploy(props: BazelCacheProps, key: SecretV1, configuration: ConfigMapV1): DeploymentV1 {
    const deployment = new DeploymentV1(this, "resource", {
      metadata: { ...this.metadata, annotations: { "app.kubernetes.io/created-by": "opentofu" } },
      waitForRollout: false,
      spec: {
        replicas: String(props.minReplicas),
        selector: { matchLabels: this.selector },
        template: {
          metadata: {
            labels: this.metadata.labels,
            annotations: {
              "prometheus.io/scrape": String(props.monitoring),
              "prometheus.io/port": String(httpPort),
              "prometheus.io/path": "/metrics",
              "checksum/config": `\${sha256(${addressOf(configuration)}.data["config.yaml"])}`,
            },
          },
          spec: {
            serviceAccountName: "default",
            securityContext: asUser1000,
            imagePullSecrets: props.imagePullSecrets.map((name) => ({ name })),
            initContainer: [...props.initContainers],
            container: [container(props, key.metadata.name)],
            volume: [
              { name: "config", configMap: { name: configuration.metadata.name } },
              { name: "cache", emptyDir: { sizeLimit: "10Gi" } },
            ],
            topologySpreadConstraint: spreadOverZones(this.selector),
          },
        },
      },
      // The autoscaler decides how many there are.
      lifecycle: { ignoreChanges: ["spec[0].replicas"] },
      dependsOn: props.dependsOn,
    });
    movedFrom(deployment, `${formerModule}.kubernetes_deployment_v1.main`);
    return deployment;
  }

  private expose({ host, issuer }: NonNullable<BazelCacheProps["ingress"]>, service: ServiceV1): void {
    const className = "nginx";
    const resource = ingress(this, {
      metadata: {
        ...this.metadata,
        annotations: {
          "kubernetes.io/ingress.class": className,
          "cert-manager.io/cluster-issuer": issuer,
          "nginx.ingress.kubernetes.io/backend-protocol": "GRPC",
          "nginx.ingress.kubernetes.io/proxy-body-size": "0",
          "nginx.ingress.kubernetes.io/proxy-read-timeout": "600",
        },
      },
      className,
      host,
      tls: true,
      service: service.metadata.name,
      port: grpcPort,
    });
    movedFrom(resource, `${formerModule}.kubernetes_ingress_v1.main[0]`);
  }
}

function servicePort(name: string, port: number) {
  return { name, port, targetPort: String(port), protocol: "TCP" };
}

function container(
  { objectStore, bucket, resources }: BazelCacheProps,
  secret: string,
): DeploymentV1SpecTemplateSpecContainer {
  const env: DeploymentV1SpecTemplateSpecContainerEnv[] = [
    { name: "BAZEL_REMOTE_S3_ENDPOINT", value: objectStore },
    { name: "BAZEL_REMOTE_S3_BUCKET", value: bucket },
    { name: "BAZEL_REMOTE_S3_PREFIX", value: "" },
    { name: "BAZEL_REMOTE_S3_AUTH_METHOD", value: "access_key" },
    { name: "BAZEL_REMOTE_S3_DISABLE_SSL", value: "true" },
    { name: "BAZEL_REMOTE_S3_ACCESS_KEY_ID", valueFrom: { secretKeyRef: { name: secret, key: "access-key" } } },
    { name: "BAZEL_REMOTE_S3_SECRET_ACCESS_KEY", valueFrom: { secretKeyRef: { name: secret, key: "secret-key" } } },
  ];
  const patience = { timeoutSeconds: 5, failureThreshold: 3 };
  return {
    name: "bazel-remote",
    image,
    args: ["--config_file=/etc/bazel-remote/config.yaml"],
    port: [
      { containerPort: grpcPort, name: "grpc", protocol: "TCP" },
      { containerPort: httpPort, name: "http", protocol: "TCP" },
    ],
    env,
    volumeMount: [
      { name: "config", mountPath: "/etc/bazel-remote", readOnly: true },
      { name: "cache", mountPath: "/data" },
    ],
    resources,
    livenessProbe: { ...patience, grpc: [{ port: grpcPort }], initialDelaySeconds: 10, periodSeconds: 30 },
    readinessProbe: {
      ...patience,
      httpGet: { path: "/status", port: String(httpPort) },
      initialDelaySeconds: 5,
      periodSeconds: 10,
    },
  };
}
