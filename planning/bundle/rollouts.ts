import { existsSync } from "node:fs";
import { join } from "node:path";
import { runChild } from "../../lib/child";
import { isRecord } from "../../lib/config/kind";
import { type Problem, UserError } from "../../lib/errors";
import { type PlanDocument, type ResourceChange } from "../preview/plan-document";
import { kubeconfigFile } from "./kubeconfig";
import { type Session } from "./session";
import { notRolledOut } from "./refusals";

/** What a cluster says of what was changed in it. */
export interface ClusterLook {
  readonly problems: readonly Problem[];
  /** What was looked at, and what was not and why. */
  readonly told: readonly string[];
}

const kinds: Readonly<Record<string, string>> = {
  kubernetes_deployment: "deployment",
  kubernetes_deployment_v1: "deployment",
  kubernetes_stateful_set: "statefulset",
  kubernetes_stateful_set_v1: "statefulset",
  kubernetes_daemonset: "daemonset",
  kubernetes_daemon_set_v1: "daemonset",
};

/** Label of a scale set's listener pod (https://github.com/actions/actions-runner-controller). */
const scaleSetLabel = "actions.github.com/scale-set-name";

/** Looks whether changed workloads are rolled out and changed scale sets have a listener that is ready; by kubectl, where that reaches the cluster. */
export async function lookAtCluster(planned: PlanDocument, session: Session): Promise<ClusterLook> {
  const changed = (planned.resource_changes ?? []).filter(
    ({ mode, change }) =>
      mode === "managed" && change.actions.some((action) => action === "create" || action === "update"),
  );
  const workloads = changed.flatMap((resource) => workloadOf(resource) ?? []);
  const scaleSets = changed.flatMap((resource) => scaleSetOf(resource) ?? []);
  if (workloads.length + scaleSets.length === 0) return { problems: [], told: [] };
  const why = await whyNotLooked(session);
  const names = [...workloads.map(({ address }) => address), ...scaleSets.map(({ address }) => address)].join(", ");
  if (why !== undefined)
    return { problems: [], told: [`rollouts and listeners were not looked at (${why}): ${names}`] };
  const problems: Problem[] = [];
  for (const { address, kind, namespace, name } of workloads) {
    const { exitCode, stderr } = await kubectl(
      session,
      `--namespace=${namespace}`,
      "rollout",
      "status",
      `${kind}/${name}`,
      "--timeout=120s",
    );
    if (exitCode !== 0) problems.push(notRolledOut(address, lastLine(stderr)));
  }
  for (const { address, name } of scaleSets)
    if (!(await hasReadyListener(session, name)))
      problems.push(notRolledOut(address, `scale set ${name} has no listener that is ready`));
  return { problems, told: [`rollouts and listeners were looked at: ${names}`] };
}

interface Workload {
  readonly address: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

function workloadOf({ address, type, change }: ResourceChange): Workload | undefined {
  const kind = kinds[type];
  const [metadata] =
    isRecord(change.after) && Array.isArray(change.after["metadata"]) ? (change.after["metadata"] as unknown[]) : [];
  if (kind === undefined || !isRecord(metadata) || typeof metadata["name"] !== "string") return undefined;
  return {
    address,
    kind,
    name: metadata["name"],
    namespace: typeof metadata["namespace"] === "string" ? metadata["namespace"] : "default",
  };
}

/** The release of a runner scale set; its listener carries the set's name. */
function scaleSetOf({
  address,
  type,
  change,
}: Pick<ResourceChange, "address" | "type" | "change">): { address: string; name: string } | undefined {
  const values = isRecord(change.after) ? change.after : change.before;
  if (type !== "helm_release" || !isRecord(values)) return undefined;
  const chart = values["chart"];
  if (typeof chart !== "string" || !/gha-runner-scale-set$/.test(chart) || typeof values["name"] !== "string")
    return undefined;
  return { address, name: values["name"] };
}

async function whyNotLooked(session: Session): Promise<string | undefined> {
  if (session.runner.env["FLYWHEEL_REPLAY"] === "1") return "the providers are replayed";
  if (!existsSync(join(session.runner.folder, kubeconfigFile))) return "no kubeconfig is named";
  try {
    const { exitCode, stderr } = await kubectl(session, "get", "--raw=/version");
    return exitCode === 0 ? undefined : `the cluster is not reached: ${lastLine(stderr)}`;
  } catch (error) {
    if (error instanceof UserError) return "there is no kubectl";
    throw error;
  }
}

async function hasReadyListener(session: Session, name: string): Promise<boolean> {
  const { exitCode, stdout } = await kubectl(
    session,
    "get",
    "pods",
    "--all-namespaces",
    `--selector=${scaleSetLabel}=${name}`,
    "--output=json",
  );
  if (exitCode !== 0) return false;
  const list: unknown = JSON.parse(stdout);
  const items = isRecord(list) && Array.isArray(list["items"]) ? (list["items"] as unknown[]) : [];
  return items.some((pod) => isListener(pod) && isReady(pod));
}

function isListener(pod: unknown): boolean {
  const metadata = isRecord(pod) ? pod["metadata"] : undefined;
  const labels = isRecord(metadata) ? metadata["labels"] : undefined;
  return isRecord(labels) && labels["app.kubernetes.io/component"] === "runner-scale-set-listener";
}

function isReady(pod: unknown): boolean {
  const status = isRecord(pod) ? pod["status"] : undefined;
  const conditions = isRecord(status) && Array.isArray(status["conditions"]) ? (status["conditions"] as unknown[]) : [];
  return conditions.some((one) => isRecord(one) && one["type"] === "Ready" && one["status"] === "True");
}

function kubectl({ runner, stack }: Session, ...args: readonly string[]) {
  return runChild({
    program: "kubectl",
    args: [`--context=${stack.cluster.context}`, "--request-timeout=15s", ...args],
    folder: runner.folder,
    env: { ...runner.env, KUBECONFIG: join(runner.folder, kubeconfigFile) },
  });
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
