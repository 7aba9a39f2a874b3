import { type Agent } from "node:http";
import { codeHeader } from "../../lib/backend/code-header";
import { scratchHeader } from "../../lib/backend/scratch";
import { type HttpContract } from "../../lib/backend/http/contract";
import { type UserError } from "../../lib/errors";
import { unknownHolder } from "../state/held-lock";
import { marshalLockInfo, parseLockInfo, type LockInfo } from "../state/lock-info";
import { type StoreHints, StoreUnavailable } from "./object-store";
import {
  emptyAnswer,
  lineageChanged,
  locked,
  lockNeeded,
  serialLowered,
  redirectRefused,
  serialTaken,
} from "../refusals";
import { type StateChange, type StateRead } from "../state/state-object";
import { type StateStore } from "../state/state-store";
import { stateSizeLimit, summarizeState } from "../state/state-summary";
import { contractCredentials, type CredentialNames } from "./http-credentials";
import { agentFor, tlsIdentity, type TlsIdentity } from "./connection";
import { exchange, NoAnswer, RedirectRefused, type HttpAnswer, type HttpCredentials } from "./http-request";
import {
  answerIsNoState,
  servedReadBackDiffers,
  noLocking,
  notAllowed,
  refusedByServer,
  noStateThere,
  stateUnavailable,
} from "./refusals";
import { stateInvalid } from "../state/refusals";

interface HttpStateStoreOptions {
  readonly contract: HttpContract;
  /** Credentials, TF_HTTP_CLIENT_* and the way there (HTTPS_PROXY, roots) are read from it. */
  readonly environment: NodeJS.ProcessEnv;
  /** In which variables the credentials are. Default: the contract's. */
  readonly credentials?: CredentialNames;
  /** Milliseconds for one request and its answer. Default: 60 s. */
  readonly timeout?: number;
  /**
   * What 200 with nothing in it means. The engines take it for "no state"; where a state is expected it may as well be an outage, and is
   * refused (the default). For a place that is to be filled it is asked twice, and then means what the engines say.
   */
  readonly emptyAnswer?: "refused" | "no state";
}

/**
 * A state behind Terraform's HTTP protocol, on any server: ours, GitLab, or another one. It speaks as the engines' http backend
 * does (terraform 1.11 internal/backend/remote-state/http/client.go), and reads as they do: 404 and 204 are "no state", any
 * 2xx of a write is success, 423 and 409 to a LOCK are "locked" with the holder in the body. Servers compare different things to
 * an UNLOCK: the ID, or the whole lock info. So the holder's info is kept as the server tells it, and sent whole.
 *
 * The protocol has no conditional write. So lineage and serial are compared here, under the lock that `write` needs, and what
 * was written is read back. An interrupted LOCK is repeated: a server that says "locked" by our own ID has locked it for us.
 *
 * @throws StoreUnavailable `state-unavailable` on every outage; UserError `not-allowed` on 401 and 403, `no-locking` where the
 * server can't lock, `refused-by-server` for what else it refuses.
 */
export class HttpStateStore implements StateStore {
  readonly description: string;
  readonly location: string;
  readonly #names: CredentialNames;
  readonly #credentials: HttpCredentials | undefined;
  /** Lock info by ID: what was locked with, or what the server told of a holder, as it was sent. An unlock sends it whole. */
  readonly #infos = new Map<string, Buffer>();
  /** The IDs of the locks that this process took. */
  readonly #held = new Set<string>();
  readonly #identity: TlsIdentity;
  /** One for each origin: the addresses of state and lock may be on two. */
  readonly #agents = new Map<string, Agent>();
  /** What was not locked with, because the server has no locks: there is nothing to give back. */
  readonly #impossible = new Set<string>();

  constructor(private readonly options: HttpStateStoreOptions) {
    const { contract, environment } = options;
    this.location = contract.address;
    this.description = `the state at ${contract.address}`;
    this.#names = options.credentials ?? contractCredentials;
    const user = environment[this.#names.user];
    this.#credentials = user === undefined ? undefined : { user, password: environment[this.#names.password] ?? "" };
    this.#identity = tlsIdentity(environment);
  }

  async read(): Promise<StateRead | undefined> {
    const bytes = await this.readBytes();
    if (bytes === undefined) return undefined;
    const summary = summarizeState(bytes);
    if (typeof summary === "string") throw answerIsNoState(this.description, summary);
    return { ...summary, bytes };
  }

  async isForChecks(): Promise<boolean> {
    const { headers } = await this.#ask("cannot be read", "GET", this.options.contract.address);
    return headers[scratchHeader] !== undefined;
  }

  /** What is at the address, state or not; undefined where the server says that there is nothing. */
  async readBytes(): Promise<Buffer | undefined> {
    const { address } = this.options.contract;
    for (let asked = 1; ; asked += 1) {
      const answer = await this.#ask("cannot be read", "GET", address);
      if (answer.status === 404 || answer.status === 204) return undefined;
      if (answer.status !== 200) throw this.#refused("cannot be read", answer);
      if (answer.body.length > 0) return answer.body;
      if (this.options.emptyAnswer !== "no state") throw emptyAnswer(this.description);
      if (asked === 2) return undefined;
    }
  }

  async write(bytes: Buffer, lockId: string): Promise<StateChange> {
    const given = summarizeState(bytes);
    if (typeof given === "string") throw stateInvalid(given);
    const before = await this.read();
    if (before?.bytes.equals(bytes) === true)
      return { serialBefore: before.serial, serialAfter: given.serial, changed: false };
    if (before !== undefined && before.lineage !== given.lineage)
      throw lineageChanged(this.location, before.lineage, given.lineage);
    if (before !== undefined && given.serial < before.serial)
      throw serialLowered(this.location, before.serial, given.serial);
    if (before !== undefined && given.serial === before.serial) throw serialTaken(this.location, given.serial);
    const { address, updateMethod = "POST" } = this.options.contract;
    const answer = await this.#ask("cannot be written", updateMethod, withId(address, lockId), bytes);
    this.#requireDone("cannot be written", answer, lockId);
    if ((await this.readBytes())?.equals(bytes) !== true) throw servedReadBackDiffers(this.description);
    return { serialBefore: before?.serial, serialAfter: given.serial, changed: true };
  }

  async delete(lockId: string): Promise<StateChange> {
    // A state that can't be understood can still be removed: that may be the repair.
    const before = await this.readBytes();
    if (before === undefined) return { changed: false };
    const answer = await this.#ask("cannot be removed", "DELETE", withId(this.options.contract.address, lockId));
    if (answer.status !== 404) this.#requireDone("cannot be removed", answer, lockId);
    const summary = summarizeState(before);
    return { serialBefore: typeof summary === "string" ? undefined : summary.serial, changed: true };
  }

  async lock(info: LockInfo): Promise<void> {
    const { lockAddress, lockMethod } = this.options.contract;
    const { answer } = await this.#askTwice("cannot be locked", lockMethod, lockAddress, marshalLockInfo(info));
    if (answer.status === 423 || answer.status === 409) {
      const holder = parseLockInfo(answer.body);
      if (holder !== undefined) this.#infos.set(holder.ID, answer.body);
      // Ours: the answer to an earlier request was lost.
      if (holder?.ID !== info.ID) throw locked(this.location, holder ?? unknownHolder);
    } else if (answer.status === 404 || answer.status === 405 || answer.status === 501) {
      this.#impossible.add(info.ID);
      throw noLocking({ lockMethod, lockAddress, status: answer.status, said: firstLine(answer.body) });
    } else if (answer.status !== 200) throw this.#refused("cannot be locked", answer);
    else this.#infos.set(info.ID, marshalLockInfo(info));
    this.#impossible.delete(info.ID);
    this.#held.add(info.ID);
  }

  /**
   * Gives a lock back. Where the server refuses, it is asked whether that lock is held at all, by taking it once more under its own ID:
   * a lock that was free is given back like any other, and of one that is held the server tells the info that it compares.
   */
  async unlock(lockId: string): Promise<void> {
    if (this.#impossible.has(lockId)) return;
    if ((await this.#sendUnlock(lockId)) === undefined) return;
    const info = parseLockInfo(this.#infos.get(lockId) ?? Buffer.alloc(0));
    await this.lock(info ?? { ...unknownHolder, ID: lockId, Operation: "unlock" });
    const refusal = await this.#sendUnlock(lockId);
    if (refusal !== undefined) throw this.#refused("cannot be unlocked", refusal);
  }

  /** The answer of a server that refuses; undefined where the lock is given back. @throws StateRefusal where another one is held. */
  async #sendUnlock(lockId: string): Promise<HttpAnswer | undefined> {
    const { unlockAddress, unlockMethod } = this.options.contract;
    const { answer, isRepeated } = await this.#askTwice(
      "cannot be unlocked",
      unlockMethod,
      unlockAddress,
      this.#infos.get(lockId) ?? marshalLockInfo({ ...unknownHolder, ID: lockId }),
    );
    if (answer.status === 401 || answer.status === 403) throw this.#refused("cannot be unlocked", answer);
    if (answer.status !== 200 && answer.status !== 204) {
      const isLocked = answer.status === 423 || answer.status === 409;
      const holder = isLocked ? parseLockInfo(answer.body) : undefined;
      // It was ours, and after the first try it no longer is: that try came through. GitLab refuses to give back what is free.
      const cameThrough = isLocked && isRepeated && this.#held.has(lockId) && holder?.ID !== lockId;
      if (!cameThrough && holder !== undefined && holder.ID !== lockId) throw locked(this.location, holder);
      if (!cameThrough) return answer;
    }
    this.#infos.delete(lockId);
    this.#held.delete(lockId);
    return undefined;
  }

  close(): void {
    this.#held.clear();
    this.#infos.clear();
  }

  /** Lock and unlock by ID mean the same when they come twice, so one lost answer costs nothing. */
  async #askTwice(
    failing: string,
    method: string,
    url: string,
    body: Buffer,
  ): Promise<{ answer: HttpAnswer; isRepeated: boolean }> {
    try {
      return { answer: await this.#ask(failing, method, url, body), isRepeated: false };
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      return { answer: await this.#ask(failing, method, url, body), isRepeated: true };
    }
  }

  /** An answer below 500. */
  async #ask(failing: string, method: string, url: string, body?: Buffer): Promise<HttpAnswer> {
    let answer: HttpAnswer;
    try {
      answer = await exchange({
        method,
        url,
        body,
        agent: this.#agent(url),
        credentials: this.#credentials,
        timeout: this.options.timeout ?? 60_000,
        limit: 2 * stateSizeLimit,
      });
    } catch (error) {
      if (error instanceof NoAnswer) throw this.#unavailable(failing, error.message);
      if (error instanceof RedirectRefused) throw redirectRefused(this.description, error.to);
      throw error;
    }
    // 501 is a server that does not know the method: an answer.
    if ((answer.status >= 500 && answer.status !== 501) || answer.status === 408 || answer.status === 429)
      throw this.#unavailable(
        failing,
        `it answers ${answer.status}${firstLine(answer.body)}`,
        answer.headers[codeHeader] === "stored-state-unreadable" ? noStateThere : undefined,
      );
    return answer;
  }

  #agent(url: string): Agent {
    const { origin } = new URL(url);
    const agent = this.#agents.get(origin) ?? agentFor(url, this.options.environment, this.#identity);
    this.#agents.set(origin, agent);
    return agent;
  }

  #requireDone(failing: string, answer: HttpAnswer, lockId: string): void {
    const holder = answer.status === 423 || answer.status === 409 ? parseLockInfo(answer.body) : undefined;
    if (holder !== undefined && holder.ID !== lockId) throw locked(this.location, holder);
    if (answer.status === 423) throw lockNeeded(this.location);
    if (answer.status < 200 || answer.status > 299) throw this.#refused(failing, answer);
  }

  #refused(failing: string, answer: HttpAnswer): UserError {
    const said = `${answer.status}${firstLine(answer.body)}`;
    if (answer.status === 401 || answer.status === 403) {
      const user = this.#credentials?.user;
      return notAllowed({ location: this.location, said, failing, user, names: this.#names });
    }
    if (failing === "cannot be read") return this.#unavailable(failing, `it answers ${said}`);
    return refusedByServer(this.description, failing, said);
  }

  #unavailable(failing: string, why: string, hints?: StoreHints): StoreUnavailable {
    return stateUnavailable(this.description, failing, why, hints);
  }
}

function withId(address: string, id: string): string {
  const url = new URL(address);
  url.searchParams.set("ID", id);
  return url.href;
}

function firstLine(body: Buffer): string {
  const line = body.subarray(0, 1000).toString("utf8").split("\n")[0]?.trim().slice(0, 200) ?? "";
  return line === "" ? "" : ` (${line})`;
}
