import { HorizontalPodAutoscalerV2 } from "@cdktf/provider-kubernetes/lib/horizontal-pod-autoscaler-v2";
import { PodDisruptionBudgetV1 } from "@cdktf/provider-kubernetes/lib/pod-disruption-budget-v1";
import { type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { movedFrom } from "./moved";

/** The managers of one runner, as the chart names them. */
export interface RunnerManagers {
  /** The runner: its deployment, and the labels `app` and `release` of its pods. */
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly dependsOn: ITerraformDependable[];
}

export interface GitlabRunnerAutoscalerProps extends RunnerManagers {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** The module state knows it under. */
  readonly formerModule: string;
}

/** Managers by CPU and memory: more at once when jobs burst, fewer slowly, so that running jobs are not cut off. */
export class GitlabRunnerAutoscaler extends Construct {
  constructor(scope: Construct, id: string, props: GitlabRunnerAutoscalerProps) {
    super(scope, id);
    const { name, namespace, labels, minReplicas, maxReplicas } = props;
    const autoscaler = new HorizontalPodAutoscalerV2(this, "resource", {
      metadata: { name: `${name}-hpa`, namespace, labels: { ...labels } },
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
        minReplicas,
        maxReplicas,
        metric: [utilization("cpu", 70), utilization("memory", 80)],
        behavior: {
          scaleUp: [
            {
              stabilizationWindowSeconds: 15,
              policy: [
                { type: "Percent", value: 100, periodSeconds: 30 },
                { type: "Pods", value: 2, periodSeconds: 30 },
              ],
              selectPolicy: "Max",
            },
          ],
          scaleDown: [
            {
              stabilizationWindowSeconds: 300,
              policy: [{ type: "Percent", value: 30, periodSeconds: 60 }],
              selectPolicy: "Min",
            },
          ],
        },
      },
      dependsOn: props.dependsOn,
    });
    movedFrom(autoscaler, `${props.formerModule}.kubernetes_horizontal_pod_autoscaler_v2.runner[0]`);
  }
}

/** A drain takes one manager at a time. It never blocks: not even where there is only one. */
export class GitlabRunnerDisruptionBudget extends Construct {
  constructor(scope: Construct, id: string, props: RunnerManagers) {
    super(scope, id);
    const { name, namespace, labels } = props;
    new PodDisruptionBudgetV1(this, "resource", {
      metadata: { name: `${name}-pdb`, namespace, labels: { ...labels } },
      spec: { maxUnavailable: "1", selector: { matchLabels: { app: name, release: name } } },
      dependsOn: props.dependsOn,
    });
  }
}

function utilization(name: string, percent: number) {
  return { type: "Resource", resource: { name, target: { type: "Utilization", averageUtilization: percent } } };
}
