import { CronJobV1 } from "@cdktf/provider-kubernetes/lib/cron-job-v1";
import { RoleBindingV1 } from "@cdktf/provider-kubernetes/lib/role-binding-v1";
import { RoleV1 } from "@cdktf/provider-kubernetes/lib/role-v1";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1";
import { type ITerraformDependable, type TerraformResource } from "cdktf";
import { Construct } from "constructs";
import { cleanupName } from "../config/stacks/gitlab-runners";
import { literal } from "./escape";
import { movedFrom } from "./moved";
import { runnerCleanupScript } from "./scripts/runner-cleanup";

export interface RunnerCleanupProps {
  /** The namespace whose pods it reaps. */
  readonly namespace: string;
  /** An image with bash, date and kubectl. */
  readonly image: string;
  /** Names of pull secrets in the namespace. */
  readonly imagePullSecrets: readonly string[];
  readonly dependsOn: ITerraformDependable[];
  /** The module state knows it under. */
  readonly formerModule: string;
}

/** A job every five minutes that reaps the runners' pods that nobody else does: stuck in deletion, succeeded, failed. */
export class RunnerCleanup extends Construct {
  constructor(scope: Construct, id: string, props: RunnerCleanupProps) {
    super(scope, id);
    const labels = {
      "app.kubernetes.io/name": cleanupName,
      "app.kubernetes.io/managed-by": "opentofu",
      "app.kubernetes.io/component": "cleanup",
    };
    const metadata = { name: cleanupName, namespace: props.namespace, labels };
    const { dependsOn } = props;
    const former = (resource: TerraformResource) =>
      movedFrom(resource, `${props.formerModule}.${resource.terraformResourceType}.cleanup`);

    const account = new ServiceAccountV1(this, "service_account", { metadata, dependsOn });
    const role = new RoleV1(this, "role", {
      metadata,
      rule: [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "delete"] }],
      dependsOn,
    });
    const binding = new RoleBindingV1(this, "role_binding", {
      metadata,
      subject: [{ kind: "ServiceAccount", name: account.metadata.name, namespace: props.namespace }],
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
    });
    const job = new CronJobV1(this, "resource", {
      metadata,
      spec: {
        schedule: "*/5 * * * *",
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
                serviceAccountName: account.metadata.name,
                restartPolicy: "OnFailure",
                imagePullSecrets: props.imagePullSecrets.map((name) => ({ name })),
                container: [
                  {
                    name: "cleanup",
                    image: props.image,
                    command: [
                      "/bin/bash",
                      "-c",
                      literal(
                        runnerCleanupScript({
                          namespace: props.namespace,
                          stuckAfter: 300,
                          succeededAfter: 600,
                          failedAfter: 1800,
                        }),
                      ),
                    ],
                    resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { cpu: "100m", memory: "128Mi" } },
                  },
                ],
              },
            },
          },
        },
      },
      // Without its binding a run would be refused.
      dependsOn: [binding],
    });
    for (const resource of [account, role, binding, job]) former(resource);
  }
}
