import { type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { KubectlManifest } from "./kubectl-manifest";

export interface StateMonitoringProps {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Labels of the service that is scraped. */
  readonly selector: Readonly<Record<string, string>>;
  /** The jobs that there are: `backup`, `check`, `drill`. */
  readonly jobs: readonly string[];
  readonly lockMinutes: number;
  readonly backupHours: number;
  readonly deniedPerMinute: number;
  readonly dependsOn: ITerraformDependable[];
}

const apiVersion = "monitoring.coreos.com/v1";

/** What Prometheus scrapes of the state authority, and when it alerts. What is said of jobs comes from kube-state-metrics. */
export class StateMonitoring extends Construct {
  constructor(scope: Construct, id: string, props: StateMonitoringProps) {
    super(scope, id);
    const { name, namespace, dependsOn } = props;
    const labels = { ...props.labels, prometheus: "prometheus" };
    new KubectlManifest(this, "service_monitor", {
      object: {
        apiVersion,
        kind: "ServiceMonitor",
        metadata: { name, namespace, labels },
        spec: {
          selector: { matchLabels: props.selector },
          endpoints: [{ port: "http", interval: "30s", path: "/metrics" }],
          namespaceSelector: { matchNames: [namespace] },
        },
      },
      dependsOn,
    });
    new KubectlManifest(this, "alerts", {
      object: {
        apiVersion,
        kind: "PrometheusRule",
        metadata: { name, namespace, labels },
        spec: { groups: [{ name: `${name}.rules`, rules: stateAlerts(props) }] },
      },
      dependsOn,
    });
  }
}

interface StateAlert {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: "critical" | "warning" };
  readonly annotations: { readonly summary: string; readonly description: string };
}

/** The rules, each with what to do. */
function stateAlerts(props: StateMonitoringProps): readonly StateAlert[] {
  const { name, namespace, jobs } = props;
  const served = `job="${name}",namespace="${namespace}"`;
  const rule = (
    alert: string,
    severity: "critical" | "warning",
    expr: string,
    wait: string,
    summary: string,
    description: string,
  ): StateAlert => ({
    alert: `FlywheelState${alert}`,
    expr,
    for: wait,
    labels: { severity },
    annotations: { summary, description },
  });
  const failed = (job: string) => `kube_job_status_failed{namespace="${namespace}",job_name=~"${name}-${job}-.*"} > 0`;
  const age = (job: string) =>
    `time() - max(kube_cronjob_status_last_successful_time{namespace="${namespace}",cronjob="${name}-${job}"})`;
  const forJob = (job: string, rules: readonly StateAlert[]) => (jobs.includes(job) ? rules : []);
  return [
    rule(
      "Down",
      "critical",
      `absent(up{${served}} == 1)`,
      "3m",
      "No state server answers",
      "Nobody plans or applies over HTTP. The states are in the bucket: docs/emergency.md.",
    ),
    rule(
      "StoreErrors",
      "critical",
      `sum(increase(flywheel_store_errors_total{${served}}[5m])) > 3`,
      "2m",
      "The object store fails",
      "Before anybody restarts it: flywheel check --collect. docs/bucket-index-gone.md.",
    ),
    rule(
      "WriteToSealed",
      "warning",
      `sum(increase(flywheel_seal_refusals_total{${served}}[15m])) > 0`,
      "0m",
      "Somebody writes to a place that a state has left",
      "An old checkout is in use. The server's audit lines name the user. docs/cutover.md.",
    ),
    rule(
      "LockOld",
      "warning",
      `max(flywheel_oldest_lock_age_seconds{${served}}) > ${props.lockMinutes * 60}`,
      "5m",
      `A lock is older than ${props.lockMinutes} minutes`,
      "Who holds it: flywheel status. When they are gone for sure: docs/stuck-lock.md.",
    ),
    rule(
      "DeniedLogins",
      "warning",
      `sum(rate(flywheel_requests_total{${served},status=~"401|403"}[10m])) * 60 > ${props.deniedPerMinute}`,
      "10m",
      "Many requests are refused for who asks",
      "A password that was changed, or somebody who tries. The server's audit lines name addresses. docs/users.md.",
    ),
    ...forJob("check", [
      rule(
        "CheckFailed",
        "critical",
        failed("check"),
        "0m",
        "The authority's own check failed, the proof of its lock perhaps",
        "Apply nothing until it holds: flywheel check --deep.",
      ),
    ]),
    ...forJob("backup", [
      rule(
        "BackupOld",
        "critical",
        `${age("backup")} > ${props.backupHours * 3600}`,
        "0m",
        `The newest backup is older than ${props.backupHours} hours`,
        "flywheel backup says why. docs/backup.md.",
      ),
    ]),
    ...forJob("drill", [
      rule(
        "DrillFailed",
        "critical",
        failed("drill"),
        "0m",
        "A backup could not be restored in the drill",
        "A backup that cannot be restored is none: flywheel restore-drill. docs/backup.md.",
      ),
    ]),
  ];
}
