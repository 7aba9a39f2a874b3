import { Job } from "@cdktf/provider-kubernetes/lib/job";
import { type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { movedFrom } from "./moved";
import { scriptWith } from "./script";
import { asUser1000, restricted } from "./security-context";

export interface MinioLifecycleProps {
  readonly tenant: string;
  readonly namespace: string;
  readonly bucket: string;
  /** URL of the S3 API, as the tenant's own namespace reaches it. */
  readonly endpoint: string;
  readonly credentialsSecret: string;
  readonly expiry: { readonly nar: number; readonly chunks: number };
  readonly dependsOn: ITerraformDependable[];
  readonly formerModule: string;
}

/** The job that says when a bucket's objects expire. It is gone five minutes after it is done, and planned again then. */
export class MinioLifecycle extends Construct {
  readonly job: Job;

  constructor(scope: Construct, id: string, props: MinioLifecycleProps) {
    super(scope, id);
    const { tenant, namespace } = props;
    const labels = {
      "app.kubernetes.io/name": "minio",
      "app.kubernetes.io/instance": tenant,
      "app.kubernetes.io/component": "lifecycle-init",
    };
    const text = scriptWith("bucket-lifecycle", {
      MINIO: props.endpoint,
      BUCKET: props.bucket,
      NAR_DAYS: String(props.expiry.nar),
      CHUNK_DAYS: String(props.expiry.chunks),
    });
    this.job = new Job(this, "resource", {
      metadata: {
        name: `${tenant}-apply-lifecycle`,
        namespace,
        labels: { ...labels, "app.kubernetes.io/managed-by": "opentofu" },
      },
      waitForCompletion: false,
      spec: {
        ttlSecondsAfterFinished: "300",
        backoffLimit: 5,
        template: {
          metadata: { labels },
          spec: {
            restartPolicy: "OnFailure",
            securityContext: asUser1000,
            container: [
              {
                name: "mc",
                image: "quay.io/minio/mc:RELEASE.2025-01-17T23-25-50Z",
                command: ["/bin/sh", "-c"],
                args: [text],
                env: [{ name: "MC_CONFIG_DIR", value: "/tmp/.mc" }],
                volumeMount: [
                  { name: "credentials", mountPath: "/credentials", readOnly: true },
                  { name: "mc-config", mountPath: "/tmp/.mc" },
                ],
                resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { cpu: "200m", memory: "128Mi" } },
                securityContext: restricted,
              },
            ],
            volume: [
              { name: "credentials", secret: { secretName: props.credentialsSecret } },
              { name: "mc-config", emptyDir: {} },
            ],
          },
        },
      },
      dependsOn: props.dependsOn,
    });
    movedFrom(this.job, `${props.formerModule}.kubernetes_job.apply_lifecycle[0]`);
  }
}
