import type { FastifyReply, FastifyRequest } from "fastify";
import { scratchHeader, scratchName } from "../../lib/backend/scratch";
import { parseLockInfo, type LockInfo } from "../state/lock-info";
import type { StateObject } from "../state/state-object";
import type { ObjectStore } from "../stores/object-store";
import { stateSizeLimit } from "../state/state-summary";
import type { AuditEntry } from "./audit";
import { identify, type Authenticator, type Identity } from "./authenticate";
import { announcedSize, readBody } from "./body";
import type { ByteBudget, Share } from "./byte-budget";
import type { ServedState } from "./options";
import { type HttpProblem } from "./http-problem";
import { largeAnswer, type Turns } from "./turns";
import { noLockInfo, unlockNeedsId, wrongMethod, notYourState, readOnly, noSuchState, clientGone } from "./refusals";

/** A served state with its rules. */
interface OpenState extends ServedState {
  readonly authority: StateObject;
}

/** What the routes work with. */
export interface RouteContext {
  readonly store: ObjectStore;
  readonly states: ReadonlyMap<string, OpenState>;
  readonly authenticator: Authenticator;
  readonly budget: ByteBudget;
  readonly turns: Turns;
}

const lockBodyLimit = 64 * 1024;

/** What a request holds in memory for a body of lock info, which is read before its size is known. */
const lockShare = 2 * lockBodyLimit;

/** What one method does to a state, once it is known who asks and that they may. */
export interface Operation {
  readonly action: AuditEntry["action"];
  run(
    context: RouteContext,
    state: OpenState,
    request: FastifyRequest,
    reply: FastifyReply,
    entry: AuditEntry,
  ): Promise<void>;
}

const read: Operation = {
  action: "read",
  async run(context, { authority }, _request, reply) {
    const share = await shareOf(context, sizeOf(authority), reply);
    const state = await authority.read().catch((error: unknown) => {
      share.release();
      throw error;
    });
    share.resize(state?.size ?? 0);
    // The share is held until the client has taken the bytes, or is gone.
    const gone = exchangeOver(reply);
    if (gone.aborted) share.release();
    else gone.addEventListener("abort", () => share.release(), { once: true });
    if (state !== undefined && state.size >= largeAnswer) await context.turns.next();
    if (state === undefined) await reply.code(404).send();
    else await reply.code(200).type("application/json").send(state.bytes);
  },
};

const write: Operation = {
  action: "write",
  async run(context, { authority }, request, reply, entry) {
    entry.lockId = queryId(request);
    // The one sent, the one read back, and the one that was there.
    const size = 2 * announcedSize(request.raw, stateSizeLimit) + sizeOf(authority);
    const share = await shareOf(context, size, reply);
    try {
      const bytes = await readBody(request.raw, stateSizeLimit);
      Object.assign(entry, await authority.write(bytes, entry.lockId, entry.user));
    } finally {
      share.release();
    }
    await reply.code(200).send();
  },
};

const remove: Operation = {
  action: "delete",
  async run(context, { authority }, request, reply, entry) {
    entry.lockId = queryId(request);
    // What is removed is read first.
    const share = await shareOf(context, sizeOf(authority), reply);
    try {
      Object.assign(entry, await authority.delete(entry.lockId, entry.user));
    } finally {
      share.release();
    }
    await reply.code(200).send();
  },
};

const lock: Operation = {
  action: "lock",
  async run(context, { authority }, request, reply, entry) {
    const info = await lockBody(context, request, reply);
    if (!info) throw noLockInfo();
    entry.lockId = info.ID;
    await authority.lock(info, entry.user);
    await reply.code(200).send();
  },
};

const unlock: Operation = {
  action: "unlock",
  async run(context, { authority, id }, request, reply, entry) {
    entry.lockId = queryId(request) ?? (await lockBody(context, request, reply))?.ID;
    // Terraform's force-unlock sends no ID, OpenTofu's does. An unlock of "whatever there is" could hit another holder.
    if (entry.lockId === undefined) throw unlockNeedsId(id);
    await authority.unlock(entry.lockId, entry.user);
    await reply.code(200).send();
  },
};

/** The operations of `/state/<name>`, by method. */
export const stateOperations: ReadonlyMap<string, Operation> = new Map([
  ["GET", read],
  ["POST", write],
  ["PUT", write],
  ["DELETE", remove],
  ["LOCK", lock],
  ["UNLOCK", unlock],
]);

/** The operations of `/state/<name>/lock`. */
export const lockOperations: ReadonlyMap<string, Operation> = new Map([
  ["POST", lock],
  ["DELETE", unlock],
  ["LOCK", lock],
  ["UNLOCK", unlock],
]);

/**
 * Does what a request to a state asks for. The order of the checks is part of the contract: who, which state (an unknown one is
 * 400 on every method), which operation, whether this user may. Throws what `answerTo` understands.
 */
export async function handleState(
  context: RouteContext,
  operations: ReadonlyMap<string, Operation>,
  name: string,
  request: FastifyRequest,
  reply: FastifyReply,
  entry: AuditEntry,
): Promise<void> {
  const operation = operations.get(request.method);
  entry.action = operation?.action ?? "other";
  const identity = await identify(context.authenticator, request.headers.authorization);
  entry.user = identity.name;
  const state = context.states.get(name);
  if (!state) throw unknownState(context, name, identity);
  entry.state = state.name;
  if (!operation) throw wrongMethod(request.method, [...operations.keys()].join(", "));
  const isForChecks = state.name === scratchName && identity.role === "write";
  if (isForChecks) reply.header(scratchHeader, "1");
  if (!isForChecks && !identity.mayUse(state.name)) throw notYourState(identity.name, state.name);
  if (operation.action !== "read" && identity.role !== "write") throw readOnly(identity.name);
  await operation.run(context, state, request, reply, entry);
}

/**
 * A state that is not here, told to somebody who may know which ones are: only those that are theirs are named. 400 and not 404:
 * to an engine, 404 is an empty state, and it would plan to create everything again.
 */
export function unknownState({ states }: RouteContext, name: string, identity: Identity): HttpProblem {
  const known = [...states.keys()].filter((known) => known !== scratchName && identity.mayUse(known)).sort();
  return noSuchState(name, known);
}

async function lockBody(
  context: RouteContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<LockInfo | undefined> {
  announcedSize(request.raw, lockBodyLimit);
  const share = await shareOf(context, lockShare, reply);
  try {
    return parseLockInfo(await readBody(request.raw, lockBodyLimit));
  } finally {
    share.release();
  }
}

/** What a read of the state will take: what it took last, or the most that it can be. */
function sizeOf(authority: StateObject): number {
  return authority.lastKnownSize ?? stateSizeLimit;
}

/** A share of the memory. @throws HttpProblem where the client left before it was its turn. */
export async function shareOf(context: RouteContext, bytes: number, reply: FastifyReply): Promise<Share> {
  const share = await context.budget.acquire(bytes, exchangeOver(reply));
  if (share === undefined) throw clientGone();
  return share;
}

const exchanges = new WeakMap<object, AbortSignal>();

/**
 * Aborts when the exchange is over: the answer is out, or the client is gone. Both may have been before anybody asked; a
 * listener alone would wait for ever then. One signal for an exchange, however many wait for it.
 */
function exchangeOver({ raw }: FastifyReply): AbortSignal {
  if (raw.closed || raw.destroyed || raw.socket?.destroyed === true) return AbortSignal.abort();
  const known = exchanges.get(raw);
  if (known !== undefined) return known;
  const over = new AbortController();
  // With a reason of its own: the default one is an exception with a stack, for every request.
  raw.once("close", () => over.abort("the exchange is over"));
  exchanges.set(raw, over.signal);
  return over.signal;
}

function queryId(request: FastifyRequest): string | undefined {
  const { query } = request;
  if (typeof query !== "object" || query === null || !("ID" in query)) return undefined;
  return typeof query.ID === "string" && query.ID !== "" ? query.ID : undefined;
}
