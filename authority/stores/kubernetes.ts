import { gunzipSync } from "node:zlib";
import { isRecord, within } from "../../lib/config/kind";
import { kubeconfigOf } from "../../lib/config/kubeconfig";
import { location } from "../../lib/backend/contract";
import { type KubernetesContract, leaseName, secretName } from "../../lib/backend/kubernetes/contract";
import { type ApiAnswer, ClusterApi, whyNotAsked } from "../cluster/api";
import { type ClusterAccess, readAccess } from "../cluster/kubeconfig";
import { engineAloneWrites, locked, noKubeconfigForState, noNamespace } from "../refusals";
import { type LockInfo, parseLockInfo, zeroTime } from "../state/lock-info";
import { type StateChange, type StateRead } from "../state/state-object";
import { type StateStore } from "../state/state-store";
import { summarizeState, stateSizeLimit } from "../state/state-summary";
import { type StoreUnavailable } from "./object-store";
import { lockChangedMeanwhile, secretIsNoState, secretNotAllowed, secretUnavailable } from "./refusals";
import { messageOf } from "../../lib/errors";

/** Where the engines keep the lock's info, on the Lease. */
const infoAnnotation = "app.terraform.io/lock-info";

/**
 * The state that the engines' kubernetes backend keeps, by plain HTTPS: it can be read, its holder told, and the lock of a client that died
 * given back. The engines alone write it.
 */
export class KubernetesStateStore implements StateStore {
  readonly description: string;
  readonly location: string;
  readonly #access: ClusterAccess;
  readonly #api: ClusterApi;

  /** @throws UserError where no kubeconfig is named, or it does not have the context. */
  constructor(
    private readonly contract: KubernetesContract,
    environment: NodeJS.ProcessEnv,
  ) {
    this.location = location(contract);
    this.description = `${this.location} at context ${contract.context}`;
    const file = kubeconfigOf(contract, environment);
    if (file === undefined) throw noKubeconfigForState(this.location, contract.context);
    this.#access = readAccess(file, contract.context);
    this.#api = new ClusterApi(this.#access, environment);
  }

  async read(): Promise<StateRead | undefined> {
    const bytes = await this.readBytes();
    if (bytes === undefined) return undefined;
    const summary = summarizeState(bytes);
    if (typeof summary === "string") throw secretIsNoState(this.location, summary);
    return { ...summary, bytes };
  }

  /** What is in the Secret, whether it is a state or not; undefined where there is no Secret. */
  async readBytes(): Promise<Buffer | undefined> {
    const answer = await this.#get(this.#secretPath());
    if (answer.status === 404) {
      await this.#requireNamespace();
      return undefined;
    }
    const data = within(answer.document, "data", "tfstate");
    if (typeof data !== "string" || data === "") throw this.#unavailable("the Secret has no state in it");
    try {
      return gunzipSync(Buffer.from(data, "base64"), { maxOutputLength: stateSizeLimit });
    } catch {
      throw this.#unavailable("what is in the Secret is not compressed by gzip, as the engines write it");
    }
  }

  async holder(): Promise<LockInfo | undefined> {
    return holderOf(await this.#lease());
  }

  /** As the engines do: the Lease stays, without a holder. Another version of it than the one that was read is not touched. */
  async unlock(lockId: string): Promise<void> {
    const lease = await this.#lease();
    const holder = holderOf(lease);
    if (holder === undefined || !isRecord(lease)) return;
    if (holder.ID !== lockId) throw locked(this.location, holder);
    const metadata = isRecord(lease["metadata"]) ? lease["metadata"] : {};
    const annotations = isRecord(metadata["annotations"]) ? metadata["annotations"] : {};
    const { [infoAnnotation]: _info, ...others } = annotations;
    const { status } = await this.#asked(() =>
      this.#api.put(this.#leasePath(), {
        ...lease,
        metadata: { ...metadata, annotations: others },
        spec: { ...(isRecord(lease["spec"]) ? lease["spec"] : {}), holderIdentity: null },
      }),
    );
    if (status === 409) throw lockChangedMeanwhile(this.location);
    if (status !== 200) throw this.#unavailable(`the Lease cannot be written: it answers ${status}`);
  }

  lock(): Promise<void> {
    return Promise.reject(engineAloneWrites(this.location, "locked"));
  }

  write(): Promise<StateChange> {
    return Promise.reject(engineAloneWrites(this.location, "written"));
  }

  delete(): Promise<StateChange> {
    return Promise.reject(engineAloneWrites(this.location, "removed"));
  }

  close(): void {
    this.#api.close();
  }

  /** The Lease; undefined where there is none. */
  async #lease(): Promise<unknown> {
    const answer = await this.#get(this.#leasePath());
    return answer.status === 404 ? undefined : answer.document;
  }

  /** A Secret that is missing in a namespace that is missing is no beginning: the engine would fail in mid-apply. */
  async #requireNamespace(): Promise<void> {
    const { namespace, context } = this.contract;
    const { status } = await this.#asked(() => this.#api.get(`/api/v1/namespaces/${namespace}`));
    if (status === 404) throw noNamespace(namespace, context);
  }

  async #get(path: string): Promise<ApiAnswer> {
    const answer = await this.#asked(() => this.#api.get(path));
    if (answer.status === 200 || answer.status === 404) return answer;
    if (answer.status === 401 || answer.status === 403)
      throw secretNotAllowed(this.description, answer.status, this.contract);
    throw this.#unavailable(`it answers ${answer.status}`);
  }

  async #asked(ask: () => Promise<ApiAnswer>): Promise<ApiAnswer> {
    const why = whyNotAsked(this.#access);
    if (why !== undefined) throw this.#unavailable(why);
    try {
      return await ask();
    } catch (error) {
      throw this.#unavailable(messageOf(error));
    }
  }

  #unavailable(why: string): StoreUnavailable {
    return secretUnavailable(this.description, why);
  }

  #secretPath(): string {
    return `/api/v1/namespaces/${this.contract.namespace}/secrets/${secretName(this.contract)}`;
  }

  #leasePath(): string {
    return `/apis/coordination.k8s.io/v1/namespaces/${this.contract.namespace}/leases/${leaseName(this.contract)}`;
  }
}

/** Who holds a Lease, by its annotation where that can be read. */
function holderOf(lease: unknown): LockInfo | undefined {
  const identity = within(lease, "spec", "holderIdentity");
  if (typeof identity !== "string" || identity === "") return undefined;
  const info = within(lease, "metadata", "annotations", infoAnnotation);
  const told = typeof info === "string" ? parseLockInfo(Buffer.from(info)) : undefined;
  if (told?.ID === identity) return told;
  return { ID: identity, Operation: "", Info: "", Who: "", Version: "", Created: zeroTime, Path: "" };
}
