import { type Problem } from "../../errors";
import { type BackendFamily, type PlaceRequest } from "../family";
import { fill } from "../fill";
import { secretSuffixRefused } from "../refusals";
import { type KubernetesContract, leaseName, secretName } from "./contract";

/** A Secret of the environment's own cluster: for the one stack whose state must not live in what it defines. */
export const kubernetesFamily: BackendFamily<KubernetesContract> = {
  resolve,
  isConfigured: () => true,
  // The stack that makes the bucket comes before there is a ledger to speak of, and losing the Secret loses nothing.
  ledgerIsOptional: true,
  // They are the kubeconfig's own.
  credentials: [],
  // What reaches another server, or as somebody else, is refused with the cluster (authority/cluster/verify.ts).
  foreignVariables: [
    [/^KUBE_(IN_CLUSTER_CONFIG|LOAD_CONFIG_FILE)$/, "which cluster holds the state"],
    [/^KUBE_NAMESPACE$/, "where the state is"],
  ],
  endpoint: () => undefined,
  servedFrom: () => undefined,
  location,
  comparable: (place) => place,
  settingOf,
  claims: (contract) => [{ kind: "state", place: location(contract) }],
  problems: () => [],
  lock: (contract) => `Lease ${contract.namespace}/${leaseName(contract)} at context ${contract.context}`,
  locks: () => true,
  scratch: () => undefined,
  variables: (_block, { kubeconfig }): Readonly<Record<string, string>> =>
    kubeconfig === undefined ? {} : { KUBE_CONFIG_PATH: kubeconfig },
  // The context is a name of configuration; which file has it differs from machine to machine, and comes by the environment.
  block: ({ namespace, secretSuffix, context }) => ({
    namespace,
    secret_suffix: secretSuffix,
    config_context: context,
  }),
};

function resolve({ configuration, stack }: PlaceRequest): Promise<KubernetesContract> {
  const { namespace, secret_suffix } = configuration.organization.state.kubernetes;
  const filled = (key: string, template: string) => fill(configuration, stack, ["state", "kubernetes", key], template);
  const { context, kubeconfig } = stack.cluster;
  const contract: KubernetesContract = {
    type: "kubernetes",
    namespace: filled("namespace", namespace),
    secretSuffix: filled("secret_suffix", secret_suffix),
    context,
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
  };
  const problem = suffixProblem(contract);
  if (problem === undefined) return Promise.resolve(contract);
  const { source } = configuration.organization;
  const key = ["state", "kubernetes", "secret_suffix"];
  return Promise.reject(secretSuffixRefused({ ...place(source.file, source.lineOf(key), key) }, stack.id, problem));
}

function place(file: string, line: number, key: readonly string[]): Required<Pick<Problem, "file" | "line" | "key">> {
  return { file, line, key: key.join(".") };
}

/** What the engines refuse: Terraform keeps `-<number>` for the pieces of a large state. */
function suffixProblem(contract: KubernetesContract): string | undefined {
  const { secretSuffix } = contract;
  if (/-\d+$/.test(secretSuffix)) return `comes out as ${secretSuffix}, which ends in a number`;
  const longest = 253;
  const name = leaseName(contract);
  return name.length > longest ? `makes a name of ${name.length} characters, and ${longest} are allowed` : undefined;
}

function location(contract: KubernetesContract): string {
  return `kubernetes://${contract.namespace}/${secretName(contract)}`;
}

function settingOf({ namespace, secretSuffix }: KubernetesContract, _stack: unknown, recorded: string): string {
  const [, oldNamespace = namespace, oldSuffix = secretSuffix] =
    /^kubernetes:\/\/([^/]+)\/tfstate-default-(.+)$/.exec(recorded) ?? [];
  return [
    ...(oldNamespace === namespace ? [] : [`state.kubernetes.namespace: ${oldNamespace}`]),
    ...(oldSuffix === secretSuffix ? [] : [`state.kubernetes.secret_suffix: ${oldSuffix}`]),
  ].join(", ");
}
