import { CronJobV1 } from "@cdktf/provider-kubernetes/lib/cron-job-v1";
import { type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { configurationPath, type FlywheelConfiguration } from "./flywheel-configuration";
import { flywheelPod, restrictedFully, scratchMount, scratchVolume } from "./security-context";

/** A job of our image, by the words of its command. */
export interface StateJob {
  /** The end of its name: `backup`. */
  readonly id: string;
  /** Five fields. */
  readonly schedule: string;
  readonly args: readonly string[];
  /** Most that it may take, in seconds. */
  readonly deadline: number;
  /** Secrets that are files to it, by the folder in which they are. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** A claim that it writes to, by the folder. */
  readonly claim?: { readonly name: string; readonly path: string };
}

export interface StateJobsProps {
  /** The beginning of the jobs' names. */
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Labels of their pods alone. */
  readonly selector: Readonly<Record<string, string>>;
  readonly image: string;
  readonly imagePullSecrets: readonly string[];
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly configuration: FlywheelConfiguration;
  /** Secret whose entries are the jobs' credentials, by the names that our commands read. */
  readonly credentialsSecret: string;
  /** Secret with a kubeconfig, as its entry `kubeconfig`. @default none: whatever needs the cluster says so */
  readonly kubeconfigSecret?: string;
  readonly jobs: readonly StateJob[];
  readonly dependsOn: ITerraformDependable[];
}

const kubeconfigPath = "/etc/flywheel/kubeconfig";

/** What the authority does by itself, at its hours. One run at a time; a run that failed stays, to be read. */
export class StateJobs extends Construct {
  constructor(scope: Construct, id: string, props: StateJobsProps) {
    super(scope, id);
    for (const job of props.jobs) this.job(job, props);
  }

  private job(job: StateJob, props: StateJobsProps): void {
    const labels = { ...props.labels, ...props.selector, "flywheel/job": job.id };
    const { kubeconfigSecret, configuration } = props;
    const secrets = {
      ...job.secrets,
      ...(kubeconfigSecret === undefined ? {} : { [kubeconfigPath]: kubeconfigSecret }),
    };
    const files = Object.entries(secrets).map(([path, secret], index) => ({ name: `secret-${index}`, path, secret }));
    const claims = job.claim === undefined ? [] : [{ ...job.claim, volume: "claim" }];
    new CronJobV1(this, job.id, {
      metadata: { name: `${props.name}-${job.id}`, namespace: props.namespace, labels },
      spec: {
        schedule: job.schedule,
        concurrencyPolicy: "Forbid",
        startingDeadlineSeconds: 3600,
        successfulJobsHistoryLimit: 2,
        failedJobsHistoryLimit: 3,
        jobTemplate: {
          metadata: { labels },
          spec: {
            // No retry: it would hide what the first run found. The schedule brings the next run.
            backoffLimit: 0,
            activeDeadlineSeconds: job.deadline,
            template: {
              metadata: { labels },
              spec: {
                ...flywheelPod(props),
                restartPolicy: "Never",
                container: [
                  {
                    name: job.id,
                    image: props.image,
                    args: [...job.args],
                    env: [
                      { name: "FLYWHEEL_CONFIG_DIR", value: configurationPath },
                      ...(kubeconfigSecret === undefined
                        ? []
                        : [{ name: "TF_VAR_k8s_config_path", value: `${kubeconfigPath}/kubeconfig` }]),
                    ],
                    envFrom: [{ secretRef: { name: props.credentialsSecret } }],
                    volumeMount: [
                      { name: "config", mountPath: configurationPath, readOnly: true },
                      ...files.map(({ name, path }) => ({ name, mountPath: path, readOnly: true })),
                      ...claims.map(({ volume, path }) => ({ name: volume, mountPath: path })),
                      scratchMount,
                    ],
                    workingDir: scratchMount.mountPath,
                    resources: { requests: { cpu: "50m", memory: "256Mi" }, limits: { cpu: "1", memory: "1Gi" } },
                    securityContext: restrictedFully,
                  },
                ],
                volume: [
                  configuration.volume("config"),
                  ...files.map(({ name, secret }) => ({ name, secret: { secretName: secret } })),
                  ...claims.map(({ volume, name }) => ({ name: volume, persistentVolumeClaim: { claimName: name } })),
                  scratchVolume,
                ],
              },
            },
          },
        },
      },
      dependsOn: [...props.dependsOn, configuration.configMap],
    });
  }
}
