import { CronJobV1 } from "@cdktf/provider-kubernetes/lib/cron-job-v1";
import { Construct } from "constructs";
import { movedFrom } from "./moved";
import { script } from "./script";
import { asUser1000, restricted } from "./security-context";

export interface AtticCacheWarmingProps {
  readonly namespace: string;
}

const name = "attic-cache-warm";

/** Fetches common flakes every night at two. */
export class AtticCacheWarming extends Construct {
  constructor(scope: Construct, id: string, props: AtticCacheWarmingProps) {
    super(scope, id);
    const labels = { "app.kubernetes.io/name": name, "app.kubernetes.io/component": "cache-warming" };
    const cronJob = new CronJobV1(this, "resource", {
      metadata: {
        name,
        namespace: props.namespace,
        labels: { ...labels, "app.kubernetes.io/managed-by": "opentofu", "app.kubernetes.io/part-of": "nix-cache" },
      },
      spec: {
        schedule: "0 2 * * *",
        concurrencyPolicy: "Forbid",
        successfulJobsHistoryLimit: 3,
        failedJobsHistoryLimit: 3,
        jobTemplate: {
          metadata: { labels },
          spec: {
            ttlSecondsAfterFinished: "3600",
            template: {
              metadata: { labels },
              spec: {
                restartPolicy: "OnFailure",
                securityContext: asUser1000,
                container: [
                  {
                    name: "warm",
                    image: "nixos/nix:latest",
                    command: ["/bin/sh", "-c"],
                    args: [script("warm-cache")],
                    resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { cpu: "500m", memory: "1Gi" } },
                    securityContext: { ...restricted, readOnlyRootFilesystem: false },
                  },
                ],
              },
            },
          },
        },
      },
    });
    movedFrom(cronJob, "kubernetes_cron_job_v1.cache_warm[0]");
  }
}
