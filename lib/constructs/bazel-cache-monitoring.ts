import { type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { KubectlManifest } from "./kubectl-manifest";
import { movedFrom } from "./moved";

export interface BazelCacheMonitoringProps {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Labels of the service that is scraped. */
  readonly selector: Readonly<Record<string, string>>;
  readonly dependsOn: ITerraformDependable[];
  readonly formerModule: string;
}

const apiVersion = "monitoring.coreos.com/v1";

/** What Prometheus scrapes of a Bazel cache, and when it alerts. */
export class BazelCacheMonitoring extends Construct {
  constructor(scope: Construct, id: string, props: BazelCacheMonitoringProps) {
    super(scope, id);
    const { name, namespace, dependsOn, formerModule } = props;
    const labels = { ...props.labels, prometheus: "prometheus" };

    const monitor = new KubectlManifest(this, "service_monitor", {
      object: {
        apiVersion,
        kind: "ServiceMonitor",
        metadata: { name: `${name}-metrics`, namespace, labels },
        spec: {
          selector: { matchLabels: props.selector },
          endpoints: [{ port: "http", interval: "30s", path: "/metrics" }],
          namespaceSelector: { matchNames: [namespace] },
        },
      },
      dependsOn,
    });
    movedFrom(monitor, `${formerModule}.kubectl_manifest.service_monitor[0]`);

    const alerts = new KubectlManifest(this, "alerts", {
      object: {
        apiVersion,
        kind: "PrometheusRule",
        metadata: { name: `${name}-alerts`, namespace, labels },
        spec: { groups: [{ name: `${name}.rules`, rules: alertRules(name, namespace) }] },
      },
      dependsOn,
    });
    movedFrom(alerts, `${formerModule}.kubectl_manifest.prometheus_rules[0]`);
  }
}

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: "critical" | "warning" };
  readonly annotations: { readonly summary: string; readonly description: string };
}

function alertRules(name: string, namespace: string): Alert[] {
  const job = `job="${name}"`;
  const requests = "bazel_remote_http_request_total";
  return [
    {
      alert: "BazelCacheDown",
      expr: `up{${job}} == 0`,
      for: "5m",
      labels: { severity: "critical" },
      annotations: {
        summary: `Bazel cache ${name} is down`,
        description: `Bazel cache ${name} in namespace ${namespace} has been unreachable for more than 5 minutes.`,
      },
    },
    {
      alert: "BazelCacheHighLatency",
      expr: `histogram_quantile(0.95, rate(bazel_remote_http_request_duration_seconds_bucket{${job}}[5m])) > 1`,
      for: "10m",
      labels: { severity: "warning" },
      annotations: {
        summary: "Bazel cache p95 latency is high",
        description: `Bazel cache ${name} has p95 latency > 1s for more than 10 minutes.`,
      },
    },
    {
      alert: "BazelCacheHighErrorRate",
      expr: `rate(${requests}{${job},code=~"5.."}[5m]) / rate(${requests}{${job}}[5m]) > 0.05`,
      for: "5m",
      labels: { severity: "warning" },
      annotations: {
        summary: "Bazel cache error rate is high",
        description: `Bazel cache ${name} has error rate > 5% for more than 5 minutes.`,
      },
    },
    {
      alert: "BazelCacheS3Errors",
      expr: `rate(bazel_remote_s3_requests_total{${job},status="error"}[5m]) > 1`,
      for: "5m",
      labels: { severity: "warning" },
      annotations: {
        summary: "Bazel cache S3 backend errors",
        description: `Bazel cache ${name} has S3 backend errors for more than 5 minutes.`,
      },
    },
  ];
}
