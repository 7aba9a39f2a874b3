import { JobV1 } from "@cdktf/provider-kubernetes/lib/job-v1";
import { type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { jwtSigningKey } from "./attic-jwt-signing";
import { movedFrom } from "./moved";
import { scriptWith } from "./script";
import { sha256 } from "../sha256";

export interface AtticCacheInitProps {
  readonly namespace: string;
  /** Image with a shell, and curl or apk. */
  readonly image: string;
  /** Image of the server: the job runs once for each. */
  readonly serverImage: string;
  /** URL of the Attic API inside the cluster. */
  readonly endpoint: string;
  /** Name of the secret with the signing key. */
  readonly jwtSecret: string;
  readonly imagePullSecrets: readonly string[];
  readonly dependsOn: ITerraformDependable[];
}

/** The job that makes the cache `main`. It is gone five minutes after it is done, and planned again then. */
export class AtticCacheInit extends Construct {
  constructor(scope: Construct, id: string, props: AtticCacheInitProps) {
    super(scope, id);
    const labels = { "app.kubernetes.io/name": "attic-init-cache", "app.kubernetes.io/component": "initialization" };
    const version = sha256(props.serverImage).slice(0, 8);
    const job = new JobV1(this, "resource", {
      metadata: {
        name: `attic-init-cache-${version}`,
        namespace: props.namespace,
        labels: { ...labels, "app.kubernetes.io/managed-by": "opentofu", "app.kubernetes.io/part-of": "nix-cache" },
      },
      waitForCompletion: false,
      spec: {
        ttlSecondsAfterFinished: "300",
        backoffLimit: 3,
        template: {
          metadata: { labels },
          spec: {
            restartPolicy: "OnFailure",
            imagePullSecrets: props.imagePullSecrets.map((name) => ({ name })),
            container: [
              {
                name: "init",
                image: props.image,
                command: ["/bin/sh", "-c"],
                args: [scriptWith("init-cache", { ATTIC: props.endpoint })],
                env: [
                  {
                    name: "ATTIC_JWT_HS256_SECRET_B64",
                    valueFrom: { secretKeyRef: { name: props.jwtSecret, key: jwtSigningKey } },
                  },
                ],
                resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { cpu: "100m", memory: "64Mi" } },
              },
            ],
          },
        },
      },
      dependsOn: props.dependsOn,
    });
    movedFrom(job, "kubernetes_job_v1.init_cache");
  }
}
