import {
  HorizontalPodAutoscalerV2,
  type HorizontalPodAutoscalerV2SpecMetric,
} from "@cdktf/provider-kubernetes/lib/horizontal-pod-autoscaler-v2";
import { Construct } from "constructs";
import { movedFrom } from "./moved";

export interface HpaProps {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The deployment it scales. */
  readonly deployment: string;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Average use of the requested CPU, in percent, that it aims at; 0: CPU does not count. */
  readonly cpuPercent: number;
  /** Average use of the requested memory, in percent, that it aims at; 0: memory does not count. */
  readonly memoryPercent: number;
  /** Pods that may go in a minute, where that is more than a tenth of them. */
  readonly scaleDownPods: number;
  /** Pods that may come in 15 seconds, where that is more than there are. */
  readonly scaleUpPods: number;
  /** The address state knows it under. */
  readonly formerly: string;
}

/** Scales a deployment by CPU and memory: up at once, down after five quiet minutes. */
export class Hpa extends Construct {
  constructor(scope: Construct, id: string, props: HpaProps) {
    super(scope, id);
    const policies = (percent: number, pods: number, periodSeconds: number) => [
      { type: "Percent", value: percent, periodSeconds },
      { type: "Pods", value: pods, periodSeconds },
    ];
    const hpa = new HorizontalPodAutoscalerV2(this, "resource", {
      metadata: { name: props.name, namespace: props.namespace, labels: { ...props.labels } },
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: props.deployment },
        minReplicas: props.minReplicas,
        maxReplicas: props.maxReplicas,
        metric: [...utilization("cpu", props.cpuPercent), ...utilization("memory", props.memoryPercent)],
        behavior: {
          scaleDown: [
            { stabilizationWindowSeconds: 300, selectPolicy: "Max", policy: policies(10, props.scaleDownPods, 60) },
          ],
          scaleUp: [
            { stabilizationWindowSeconds: 0, selectPolicy: "Max", policy: policies(100, props.scaleUpPods, 15) },
          ],
        },
      },
    });
    movedFrom(hpa, props.formerly);
  }
}

function utilization(name: "cpu" | "memory", percent: number): HorizontalPodAutoscalerV2SpecMetric[] {
  if (percent === 0) return [];
  return [{ type: "Resource", resource: { name, target: { type: "Utilization", averageUtilization: percent } } }];
}
