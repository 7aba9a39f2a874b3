import type { Server as HttpServer } from "node:http";
import { Server as TlsServer } from "node:tls";
import fastify, { type FastifyReply, type FastifyRequest } from "fastify";
import { pino, type Logger } from "pino";
import { sealedTo } from "../cutover/seal";
import { StateRefusal } from "../refusals";
import { lockKey } from "../state/lock-info";
import { StoreUnavailable, type ObjectStore } from "../stores/object-store";
import { ReadCache } from "../state/read-cache";
import { StateObject } from "../state/state-object";
import { stateSizeLimit } from "../state/state-summary";
import { systemClock } from "../clock";
import { systemCode } from "../stores/durable";
import { identify } from "./authenticate";
import { audit, type AuditEntry } from "./audit";
import { validUntil, type Certificate } from "./certificate";
import {
  appliesOperations,
  freezeOperations,
  generationOperations,
  handleFreezeAll,
  leaseOperations,
} from "./beside-routes";
import { ByteBudget } from "./byte-budget";
import { OldestLock } from "./lock-age";
import { Metrics } from "./metrics";
import { refuseUnsafe, type ServerOptions } from "./options";
import { handlePage, type KnownVersions } from "./page/route";
import { codeHeader } from "../../lib/backend/code-header";
import { answerTo } from "./problem";
import { scratchState } from "./scratch";
import { Turns } from "./turns";
import { handleState, lockOperations, stateOperations, unknownState, type RouteContext } from "./state-routes";
import { portBusy, listenRefused, unknownPath } from "./refusals";
import { messageOf } from "../../lib/errors";

/** A server that listens. */
export interface RunningServer {
  /** With the port that was taken, without a path. */
  readonly url: string;
  /** Accepts nothing new, finishes what was accepted, and returns when that is done. */
  close(): Promise<void>;
  /** Serves another certificate to connections that begin from now on. Only for a server that was started with one. */
  renewCertificate(certificate: Certificate): void;
}

/** How long a client may take to send a request. Waiting for memory counts. */
const requestTimeout = 300_000;

/** How long accepted requests may take to finish once the server stops; Kubernetes kills after 30 s. */
const stopTimeout = 25_000;

/**
 * Starts Terraform's HTTP state protocol over a store: `/state/<name>`, `/state/<name>/lock`, what lies beside a
 * state (`/lease`, `/applies`, `/freeze`, `/generation`), `/freeze` for all of them, `/healthz`, `/readyz`, `/metrics`, and a page for
 * people at `/`.
 * It keeps nothing on its own disk; any number may run over one store.
 * Throws UserError where it would be unsafe (options.ts) or can't listen (`port-busy`, `listen-refused`).
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  refuseUnsafe(options);
  const clock = options.clock ?? systemClock;
  const log = pino({ base: null, timestamp: () => `,"time":"${clock.now().toISOString()}"` }, options.log);
  const cache = new ReadCache(options.readCache ?? stateSizeLimit);
  const context: RouteContext = {
    states: new Map(
      [...options.states, scratchState(options.store)].map((state) => [
        state.name,
        { ...state, authority: new StateObject(options.store, state.key, clock, state.name, cache) },
      ]),
    ),
    store: options.store,
    authenticator: options.authenticator,
    budget: new ByteBudget(options.memoryBudget ?? 4 * stateSizeLimit),
    turns: new Turns(),
  };
  const metrics = createMetrics(context.budget);
  const oldestLock = new OldestLock(
    options.states.map(({ key }) => new StateObject(options.store, key, clock)),
    clock,
  );
  metrics.gauge("flywheel_oldest_lock_age_seconds", () => oldestLock.seconds());
  const app = fastify({
    https: options.tls ?? null,
    logger: false,
    requestTimeout,
    forceCloseConnections: "idle",
    // The hop next to us is the proxy; what stands before it in X-Forwarded-For may be the client's own invention.
    trustProxy: options.behindTlsProxy === true ? (_address: string, hop: number) => hop === 0 : false,
    // Above Node's own limit of a request's head: every name that arrives is answered as known or unknown.
    routerOptions: { maxParamLength: 65_536 },
  });
  app.addHttpMethod("LOCK", { hasBody: true });
  app.addHttpMethod("UNLOCK", { hasBody: true });
  // Bodies are read by the operations, after the user is known and memory is granted.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, _payload, done) => done(null));

  // fastify's own elapsedTime stays 0 where its logger is off.
  const arrivals = new WeakMap<FastifyRequest, bigint>();
  app.addHook("onRequest", async (request) => void arrivals.set(request, process.hrtime.bigint()));
  const millisecondsOf = (request: FastifyRequest): number =>
    Number(process.hrtime.bigint() - (arrivals.get(request) ?? process.hrtime.bigint())) / 1e6;

  const entries = new WeakMap<FastifyRequest, AuditEntry>();
  const entryOf = (request: FastifyRequest): AuditEntry => {
    const entry = entries.get(request) ?? { action: "other" as const, address: request.ip, method: request.method };
    entries.set(request, entry);
    return entry;
  };
  const finish = (request: FastifyRequest, reply: FastifyReply, refusal?: { code: string; why: string }): void => {
    const entry = entryOf(request);
    const milliseconds = millisecondsOf(request);
    metrics.observeSeconds(milliseconds / 1000);
    metrics.count("flywheel_requests_total", { action: entry.action, status: String(reply.statusCode) });
    audit(log, entry, reply.statusCode, milliseconds, refusal);
  };
  app.setErrorHandler(async (error, request, reply) => {
    const answer = answerTo(error);
    if (answer.status === 500) log.error({ err: error }, "unexpected error");
    if (error instanceof StoreUnavailable) metrics.count("flywheel_store_errors_total");
    if (answer.code === "locked") metrics.count("flywheel_lock_refusals_total");
    if (error instanceof StateRefusal && sealedTo(error.holder) !== undefined)
      metrics.count("flywheel_seal_refusals_total");
    reply.code(answer.status).headers(answer.headers).header(codeHeader, answer.code).type(answer.type);
    finish(request, reply, { code: answer.code, why: error instanceof Error ? error.message : answer.code });
    return answer.body;
  });

  let stopping = false;
  app.addHook("onSend", async (_request, reply) => {
    // A connection that stays open for a next request would hold up the stop.
    if (stopping) reply.header("connection", "close");
  });

  const isKnown = async ({ headers }: FastifyRequest): Promise<boolean> =>
    identify(context.authenticator, headers.authorization).then(
      () => true,
      () => false,
    );
  const route = (url: string, operations: typeof stateOperations): void => {
    app.all<{ Params: { name: string } }>(url, async (request, reply) => {
      await handleState(context, operations, request.params.name, request, reply, entryOf(request));
      finish(request, reply);
    });
  };
  route("/state/:name", stateOperations);
  route("/state/:name/lock", lockOperations);
  route("/state/:name/lease", leaseOperations);
  route("/state/:name/applies", appliesOperations);
  route("/state/:name/freeze", freezeOperations);
  route("/state/:name/generation", generationOperations);
  app.all("/freeze", async (request, reply) => {
    await handleFreezeAll(context, request, reply, entryOf(request));
    finish(request, reply);
  });
  const known: KnownVersions = new Map();
  app.get("/", async (request, reply) => {
    // A browser asks for HTML. To an engine it stays a mistyped address.
    if (!(request.headers.accept ?? "").includes("text/html")) return reply.callNotFound();
    await handlePage(context, known, clock, request, reply, entryOf(request));
    finish(request, reply);
  });
  app.get("/healthz", async () => "ok\n");
  // Who asks without credentials, as a kubelet does, is told whether, and not which store and why not.
  app.get("/readyz", async (request, reply) => {
    try {
      const ready = await probe(options.store, options.states[0]?.key);
      return (await isKnown(request)) ? ready : "ready\n";
    } catch (error) {
      if (await isKnown(request)) throw error;
      log.warn({ code: answerTo(error).code }, messageOf(error));
      reply.code(answerTo(error).status);
      return "not ready; the server's log says why\n";
    }
  });
  app.get("/metrics", async (_request, reply) => reply.type("text/plain; version=0.0.4").send(metrics.render()));
  // Anything else is 400: a mistyped address must not look like a state that does not exist yet. Who asks comes first here, too.
  app.setNotFoundHandler(async (request) => {
    const identity = await identify(context.authenticator, request.headers.authorization);
    entryOf(request).user = identity.name;
    throw request.url.startsWith("/state/")
      ? unknownState(context, request.url.slice("/state/".length).replace(/\?.*$/s, ""), identity)
      : unknownPath();
  });

  const { host, port } = options.listen;
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    throw listenProblem(error, host, port);
  }
  const address = app.server.address();
  const taken = typeof address === "object" && address !== null ? address.port : port;
  return {
    url: `${options.tls ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${taken}`,
    renewCertificate: (certificate) => {
      if (!(app.server instanceof TlsServer)) throw new Error("a server without TLS has no certificate");
      app.server.setSecureContext(certificate);
      log.info({ validUntil: validUntil(certificate).toISOString() }, "a renewed certificate is served from now on");
    },
    close: async () => {
      stopping = true;
      await shutDown(app, log);
    },
  };
}

/** Reads an object as every request does. Whether it is there does not matter, only that the store says so. */
async function probe(store: ObjectStore, key = "flywheel"): Promise<string> {
  await store.read(lockKey(key));
  return `ready: ${store.description}\n`;
}

function createMetrics(budget: ByteBudget): Metrics {
  const metrics = new Metrics({
    flywheel_requests_total: "Requests by action and status.",
    flywheel_lock_refusals_total: "Requests refused because somebody else holds the lock.",
    flywheel_seal_refusals_total: "Requests refused because the state was moved away from here.",
    flywheel_oldest_lock_age_seconds:
      "Age of the oldest lock that somebody works under; absent while the store does not tell.",
    flywheel_store_errors_total: "Requests that failed because the store did.",
    flywheel_memory_budget_used_bytes: "Bytes of states and bodies accounted for at the moment.",
    flywheel_request_duration_seconds: "How long requests took.",
  });
  metrics.gauge("flywheel_memory_budget_used_bytes", () => budget.used);
  return metrics;
}

async function shutDown(app: { readonly server: HttpServer; close(): Promise<unknown> }, log: Logger): Promise<void> {
  log.info("stopping: accepted requests are finished first");
  const timer = setTimeout(() => {
    log.warn(`requests not finished after ${stopTimeout / 1000} s are cut off`);
    app.server.closeAllConnections();
  }, stopTimeout);
  try {
    await app.close();
  } finally {
    clearTimeout(timer);
  }
  log.info("stopped");
}

function listenProblem(error: unknown, host: string, port: number): unknown {
  const code = systemCode(error);
  if (code === "EADDRINUSE") {
    return portBusy(port, host);
  }
  if (code === "EACCES" || code === "EADDRNOTAVAIL" || code === "ENOTFOUND") {
    return listenRefused(host, port, code);
  }
  return error;
}
