import { Manifest } from "@cdktf/provider-kubernetes/lib/manifest";
import { Construct } from "constructs";
import { type RunnerManagers } from "./gitlab-runner-scaling";

export interface GitlabRunnerMonitoringProps extends RunnerManagers {
  /** Labels by which the cluster's Prometheus selects monitors and rules. */
  readonly selectedBy: Readonly<Record<string, string>>;
}

/** Prefix of the recorded series: the runner dashboard asks for them by these names. */
const recordPrefix = "org";

/**
 * How Prometheus sees one runner: every manager is scraped, two alerts, and the series the runner dashboard shows. The
 * Prometheus operator's kinds must exist on the cluster. Every series has a label `runner` with the runner's name; the label of
 * that name that GitLab Runner gives is kept as `exported_runner`.
 * Metrics: https://docs.gitlab.com/runner/monitoring; kinds: https://prometheus-operator.dev/docs/api-reference/api.
 */
export class GitlabRunnerMonitoring extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: GitlabRunnerMonitoringProps,
  ) {
    super(scope, id);
    const { name, namespace } = props;
    this.manifest("pod_monitor", "PodMonitor", "monitoring", `${name}-monitor`, {
      namespaceSelector: { matchNames: [namespace] },
      selector: { matchLabels: { app: name, release: name } },
      podMetricsEndpoints: [
        {
          port: "metrics",
          interval: "30s",
          relabelings: [{ action: "replace", targetLabel: "runner", replacement: name }],
          metricRelabelings: [{ action: "keep", sourceLabels: ["__name__"], regex: "gitlab_runner_.*" }],
        },
      ],
    });
    this.manifest("alerts", "PrometheusRule", "alerting", `${name}-alerts`, {
      groups: [{ name: `gitlab-runner-${name}`, rules: alerts(props) }],
    });
    this.manifest("recording_rules", "PrometheusRule", "recording-rules", `${name}-recording-rules`, {
      groups: [{ name: `gitlab-runner-${name}-recording`, interval: "30s", rules: records(props) }],
    });
  }

  private manifest(id: string, kind: string, component: string, name: string, spec: object): void {
    const { namespace, labels, selectedBy, dependsOn } = this.props;
    new Manifest(this, id, {
      manifest: {
        apiVersion: "monitoring.coreos.com/v1",
        kind,
        metadata: { name, namespace, labels: { ...labels, ...selectedBy, "app.kubernetes.io/component": component } },
        spec,
      },
      dependsOn,
    });
  }
}

function alerts({ name, namespace }: RunnerManagers): object[] {
  const of = selector({ namespace, runner: name });
  const failures = `sum(rate(gitlab_runner_failed_jobs_total${selector({ namespace, runner: name, failure_reason: "runner_system_failure" })}[15m]))`;
  return [
    {
      alert: "GitLabRunnerDown",
      expr: `absent(up${of} == 1)`,
      for: "5m",
      labels: { severity: "critical", runner: name },
      annotations: {
        summary: `No manager of ${name} answers`,
        description: `Prometheus reached no manager of ${name} in ${namespace} for 5 minutes: no job is taken.`,
      },
    },
    {
      alert: "GitLabRunnerHighJobFailureRate",
      expr: `${failures} / sum(rate(gitlab_runner_jobs_total${of}[15m])) > 0.1`,
      for: "15m",
      labels: { severity: "warning", runner: name },
      annotations: {
        summary: `${name} fails jobs`,
        description: `More than 10% of the jobs of ${name} failed for the runner's own reasons, not for their scripts'.`,
      },
    },
  ];
}

function records({ name, namespace }: RunnerManagers): object[] {
  const of = selector({ namespace, runner: name });
  const autoscaler = selector({ namespace, horizontalpodautoscaler: `${name}-hpa` });
  const [failed, all] = [
    `sum(rate(gitlab_runner_failed_jobs_total${of}[1h]))`,
    `sum(rate(gitlab_runner_jobs_total${of}[1h]))`,
  ];
  return [
    // A runner that never failed has no series of failures: that is a rate of 0, not of nothing.
    ["runner_jobs_per_minute:rate5m", `sum(rate(gitlab_runner_jobs_total${of}[5m])) * 60`],
    ["runner_success_rate:rate1h", `1 - (${failed} or vector(0)) / ${all}`],
    [
      "runner_hpa_utilization",
      `max(kube_horizontalpodautoscaler_status_current_replicas${autoscaler}) / max(kube_horizontalpodautoscaler_spec_max_replicas${autoscaler})`,
    ],
  ].map(([series, expr]) => ({ record: `${recordPrefix}:${series ?? ""}`, expr, labels: { runner: name } }));
}

function selector(labels: Readonly<Record<string, string>>): string {
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(", ")}}`;
}
