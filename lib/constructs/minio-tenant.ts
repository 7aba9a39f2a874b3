import { Manifest } from "@cdktf/provider-kubernetes/lib/manifest";
import { Resource } from "@cdktf/provider-null/lib/resource";
import { type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { type ContainerResources } from "./container-resources";
import { KubectlManifest } from "./kubectl-manifest";
import { MinioLifecycle } from "./minio-lifecycle";
import { movedFrom } from "./moved";
import { protectData } from "./protect";
import { clusterEnvironment, provision } from "./provision";

export interface MinioTenantProps {
  readonly name: string;
  readonly namespace: string;
  /** Four servers with four volumes each; else one with one. */
  readonly distributed: boolean;
  readonly volumeSize: string;
  readonly storageClass: string;
  /** Buckets to make; objects of the first expire. */
  readonly buckets: readonly [string, ...string[]];
  /** Days until objects below nar/ and chunks/ of the first bucket expire; 0: never. */
  readonly expiry: { readonly nar: number; readonly chunks: number };
  readonly resources: ContainerResources;
  /** Name of the secret with the root user. */
  readonly credentialsSecret: string;
  /** Whether Prometheus' operator is there to scrape it. */
  readonly monitoring: boolean;
  /** The kubeconfig context of the cluster. */
  readonly context: string;
  readonly dependsOn: ITerraformDependable[];
}

const formerModule = "module.minio_tenant[0]";
const image = "quay.io/minio/minio:RELEASE.2024-12-18T13-15-44Z";
export const minioPort = 9000;

/** An object store of its own, served by MinIO's operator: tenant, buckets, expiry, monitoring. */
export class MinioTenant extends Construct {
  /** Host of the S3 API inside the cluster, without the cluster's domain. */
  readonly host: string;
  /** URL of the S3 API inside the cluster. */
  readonly endpoint: string;
  /** What must exist before anything that stores objects. */
  readonly dependables: ITerraformDependable[];

  constructor(scope: Construct, id: string, props: MinioTenantProps) {
    super(scope, id);
    const { name, namespace } = props;
    this.host = `${name}-hl.${namespace}.svc`;
    this.endpoint = `http://${this.host}:${minioPort}`;

    const tenant = new KubectlManifest(this, "resource", {
      object: tenantObject(props),
      serverSideApply: true,
      forceConflicts: true,
      dependsOn: props.dependsOn,
    });
    protectData(tenant);
    movedFrom(tenant, `${formerModule}.kubectl_manifest.minio_tenant`);

    const ready = new Resource(this, "ready", {
      dependsOn: [tenant],
      provisioners: [
        provision({ command: `await-tenant ${name} ${namespace}`, environment: clusterEnvironment(props.context) }),
      ],
    });
    movedFrom(ready, `${formerModule}.null_resource.wait_for_tenant`);

    const lifecycle = new MinioLifecycle(this, "lifecycle", {
      tenant: name,
      namespace,
      bucket: props.buckets[0],
      endpoint: `http://${name}-hl:${minioPort}`,
      credentialsSecret: props.credentialsSecret,
      expiry: props.expiry,
      dependsOn: [tenant, ready],
      formerModule,
    });
    if (props.monitoring) this.monitor(name, namespace, tenant);
    this.dependables = [tenant, ready, lifecycle.job];
  }

  private monitor(name: string, namespace: string, tenant: KubectlManifest): void {
    const monitor = new Manifest(this, "service_monitor", {
      manifest: {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "ServiceMonitor",
        metadata: {
          name: `${name}-metrics`,
          namespace,
          labels: { ...labelsOf(name, "monitoring"), release: "prometheus" },
        },
        spec: {
          selector: { matchLabels: { "v1.min.io/tenant": name } },
          namespaceSelector: { matchNames: [namespace] },
          endpoints: [{ port: "http-minio", path: "/minio/v2/metrics/cluster", interval: "30s", scheme: "http" }],
        },
      },
      dependsOn: [tenant],
    });
    movedFrom(monitor, `${formerModule}.kubernetes_manifest.minio_servicemonitor[0]`);
  }
}

function labelsOf(tenant: string, component: string): Record<string, string> {
  return {
    "app.kubernetes.io/name": "minio",
    "app.kubernetes.io/instance": tenant,
    "app.kubernetes.io/component": component,
    "app.kubernetes.io/managed-by": "opentofu",
  };
}

function tenantObject(props: MinioTenantProps) {
  const { name, namespace, distributed } = props;
  const labels = { ...labelsOf(name, "storage"), "app.kubernetes.io/part-of": "attic-cache" };
  const each = distributed ? 4 : 1;
  const pool = {
    name: "pool-0",
    servers: each,
    volumesPerServer: each,
    volumeClaimTemplate: {
      metadata: { labels },
      spec: {
        storageClassName: props.storageClass,
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: props.volumeSize } },
      },
    },
    resources: props.resources,
    securityContext: { runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000 },
  };
  return {
    apiVersion: "minio.min.io/v2",
    kind: "Tenant",
    metadata: { name, namespace, labels },
    spec: {
      image,
      imagePullPolicy: "IfNotPresent",
      pools: [pool],
      exposeServices: { minio: true, console: false },
      configuration: { name: props.credentialsSecret },
      env: [
        { name: "MINIO_API_REQUESTS_MAX", value: "1000" },
        { name: "MINIO_BROWSER", value: "off" },
      ],
      prometheusOperator: props.monitoring,
      requestAutoCert: false,
      buckets: props.buckets.map((bucket) => ({ name: bucket, objectLock: false, region: "us-east-1" })),
      users: [],
    },
  };
}

/** What a tenant's volumes hold together, for its volumes' size: `1Ti` is `16Ti` in distributed mode. */
export function totalStorage(volumeSize: string, distributed: boolean): string {
  if (!distributed) return volumeSize;
  const [, number = "", suffix = ""] = /^\+?([\d.]+)(.*)$/.exec(volumeSize) ?? [];
  return `${Number(number) * 16}${suffix}`;
}
