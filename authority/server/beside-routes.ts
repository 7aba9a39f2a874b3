import type { FastifyReply, FastifyRequest } from "fastify";
import { type z } from "zod";
import { decodeRecord } from "../lease/record";
import {
  appliesSchema,
  appliesSuffix,
  besideHeader,
  freezeAllKey,
  freezeSchema,
  freezeSuffix,
  leaseSchema,
  leaseSuffix,
} from "../lease/schema";
import { generationSuffix } from "../ledger/generation";
import { StoreConflict } from "../stores/object-store";
import type { AuditEntry } from "./audit";
import { identify } from "./authenticate";
import { announcedSize, readBody } from "./body";
import { shareOf, type Operation, type RouteContext } from "./state-routes";
import { notEveryState, wrongMethod, recordInvalid, preconditionFailed, preconditionNeeded } from "./refusals";

/** No object beside a state is larger. */
const limit = 256 * 1024;

/** What may be written to an object beside a state; `none`: it is only read. */
type Writable = z.ZodType | "none";

/** `/state/<name>/lease`: who applies. */
export const leaseOperations = operations("lease", leaseSuffix, leaseSchema);
/** `/state/<name>/freeze`. */
export const freezeOperations = operations("freeze", freezeSuffix, freezeSchema);
/** `/state/<name>/applies`: what was submitted, and what came of it. */
export const appliesOperations = operations("lease", appliesSuffix, appliesSchema);
/** `/state/<name>/generation`: how often the state was moved. Only a cutover writes it, and it has keys of the bucket. */
export const generationOperations = operations("other", generationSuffix, "none");

function operations(action: AuditEntry["action"], suffix: string, schema: Writable): ReadonlyMap<string, Operation> {
  const read: Operation = {
    action: "read",
    run: (context, { key }, _request, reply) => readObject(context, key + suffix, reply),
  };
  if (schema === "none") return new Map([["GET", read]]);
  const write: Operation = {
    action,
    run: (context, { key }, request, reply, entry) =>
      writeObject(context, { key: key + suffix, schema }, request, reply, entry),
  };
  const remove: Operation = {
    action,
    run: (context, { key }, request, reply) => removeObject(context, key + suffix, request, reply),
  };
  return new Map([
    ["GET", read],
    ["POST", write],
    ["DELETE", remove],
  ]);
}

/**
 * `/freeze`: the freeze of every state. Everybody may see it; who writes it must be a writer of all states.
 * Throws what `answerTo` understands.
 */
export async function handleFreezeAll(
  context: RouteContext,
  request: FastifyRequest,
  reply: FastifyReply,
  entry: AuditEntry,
): Promise<void> {
  entry.action = request.method === "GET" ? "read" : "freeze";
  const identity = await identify(context.authenticator, request.headers.authorization);
  entry.user = identity.name;
  const key = freezeAllKey(context.store);
  if (request.method === "GET") return readObject(context, key, reply);
  if (identity.role !== "write" || ![...context.states.keys()].every((name) => identity.mayUse(name)))
    throw notEveryState(identity.name);
  const object = { key, schema: freezeSchema };
  if (request.method === "POST") return writeObject(context, object, request, reply, entry);
  if (request.method === "DELETE") return removeObject(context, key, request, reply);
  const allow = "GET, POST, DELETE";
  throw wrongMethod(request.method, allow);
}

async function readObject({ store }: RouteContext, key: string, reply: FastifyReply): Promise<void> {
  const stored = await store.read(key);
  // A 404 of any other server must not pass for "nothing there".
  void reply.header(besideHeader, "1");
  if (stored === undefined) await reply.code(404).send();
  else await reply.code(200).header("etag", etagOf(stored.version)).type("application/json").send(stored.bytes);
}

async function writeObject(
  context: RouteContext,
  { key, schema }: { readonly key: string; readonly schema: z.ZodType },
  request: FastifyRequest,
  reply: FastifyReply,
  entry: AuditEntry,
): Promise<void> {
  announcedSize(request.raw, limit);
  const share = await shareOf(context, 2 * limit, reply);
  try {
    const bytes = await readBody(request.raw, limit);
    if (decodeRecord(schema, bytes) === undefined) throw recordInvalid(key);
    const writer = { writer: entry.user };
    const expected = versionOf(request.headers["if-match"]);
    const version = await conditionally(key, async () => {
      if (expected !== undefined) return context.store.replace(key, bytes, expected, writer);
      if (request.headers["if-none-match"] === "*") return context.store.create(key, bytes, writer);
      throw preconditionNeeded();
    });
    await reply.code(200).header("etag", etagOf(version)).send();
  } finally {
    share.release();
  }
}

async function removeObject(
  { store }: RouteContext,
  key: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const expected = versionOf(request.headers["if-match"]);
  if (expected === undefined) throw preconditionNeeded();
  await conditionally(key, async () => store.remove(key, expected));
  await reply.code(200).send();
}

/** 412, which no client waits on or repeats by itself: it has to look first. */
async function conditionally<T>(key: string, change: () => Promise<T>): Promise<T> {
  try {
    return await change();
  } catch (error) {
    if (error instanceof StoreConflict) throw preconditionFailed(key);
    throw error;
  }
}

/** A store's version as an ETag: it may have quotes and spaces of its own. */
function etagOf(version: string): string {
  return `"${Buffer.from(version).toString("base64url")}"`;
}

function versionOf(header: string | undefined): string | undefined {
  const encoded = /^"([\w-]+)"$/.exec(header ?? "")?.[1];
  return encoded === undefined ? undefined : Buffer.from(encoded, "base64url").toString();
}
