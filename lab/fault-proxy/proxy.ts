import { once } from "node:events";
import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from "node:http";

/** What happens to one request on its way to the server or back. */
export type Fault =
  | "pass"
  /** The server does it, and the client never hears of it. */
  | "lose-reply"
  /** It never reaches the server, and the connection ends. */
  | "lose-request"
  /** No answer, ever. */
  | "hang"
  /** As a proxy in between that repeats a request whose reply it lost. */
  | "twice"
  /** Half of the answer, then the connection ends. */
  | "cut"
  /** Half of the answer, and a length that says that this is all. */
  | "shorten"
  | { readonly status: number; readonly body: string; readonly headers?: Readonly<Record<string, string>> }
  /** Something is waited for first: time, or an event. */
  | { readonly before: () => Promise<unknown> }
  /** The server does it; something is waited for before the answer goes on its way. */
  | { readonly after: () => Promise<unknown> }
  /** Another answer than the server's, made from the whole request; undefined lets it pass. */
  | {
      readonly instead: (
        asked: Asked,
      ) => Promise<
        | { readonly status: number; readonly body: string; readonly headers?: Readonly<Record<string, string>> }
        | undefined
      >;
    };

/** A request, whole. */
export interface Asked {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** Chooses what happens to a request; `number` counts from 1, for each chooser anew. */
export type Chooser = (asked: Asked, number: number) => Fault;

/** A proxy on loopback in front of an HTTP server. It leaves the Host header alone, so that S3's signatures stay valid. */
export interface FaultProxy {
  readonly url: string;
  /** Methods and paths of what came since the last `choose`. */
  readonly seen: readonly string[];
  /** Chooses from now on. */
  choose(chooser: Chooser): void;
  /** Ends the network for good: open connections are cut, later ones refused an answer. What the server has begun it finishes. */
  die(): void;
  close(): Promise<void>;
}

/** Starts a proxy in front of `target` (scheme, host and port). Without a chooser everything passes. */
export async function startFaultProxy(target: string, chooser: Chooser = () => "pass"): Promise<FaultProxy> {
  const agent = new Agent({ keepAlive: true });
  let choose = chooser;
  const seen: string[] = [];
  let isDead = false;
  const server = createServer((incoming, outgoing) => {
    if (isDead) return void incoming.destroy();
    handle(incoming, outgoing).catch(() => outgoing.destroy());
  });
  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const asked = {
      method: incoming.method ?? "",
      path: incoming.url ?? "/",
      headers: incoming.headers,
      body: await collect(incoming),
    };
    if (isDead) return void outgoing.destroy();
    seen.push(`${asked.method} ${asked.path}`);
    const fault = choose(asked, seen.length);
    if (fault === "hang") return;
    if (isDead || fault === "lose-request") return void outgoing.destroy();
    if (typeof fault === "object") {
      if ("before" in fault) await fault.before();
      const answer = "status" in fault ? fault : "instead" in fault ? await fault.instead(asked) : undefined;
      if (answer !== undefined)
        return void outgoing
          .writeHead(answer.status, answer.headers)
          .end(asked.method === "HEAD" ? undefined : answer.body);
    }
    if (fault === "twice") await forward(target, agent, asked);
    const { message, body } = await forward(target, agent, asked);
    if (typeof fault === "object" && "after" in fault) await fault.after();
    if (isDead || fault === "lose-reply") return void outgoing.destroy();
    const half = body.subarray(0, Math.floor(body.length / 2));
    const { "transfer-encoding": _chunked, ...headers } = message.headers;
    if (fault === "shorten")
      return void outgoing
        .writeHead(message.statusCode ?? 500, { ...headers, "content-length": half.length })
        .end(half);
    outgoing.writeHead(message.statusCode ?? 500, message.headers);
    if (fault !== "cut") return void outgoing.end(body);
    outgoing.write(half, () => setTimeout(() => outgoing.destroy(), 5));
    outgoing.flushHeaders();
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    choose(next) {
      seen.length = 0;
      choose = next;
    },
    die() {
      isDead = true;
      server.closeAllConnections();
    },
    async close() {
      isDead = true;
      server.closeAllConnections();
      if (server.listening) {
        server.close();
        await once(server, "close");
      }
      agent.destroy();
    },
  };
}

async function forward(
  target: string,
  agent: Agent,
  { method, path, headers, body }: Asked,
): Promise<{ message: IncomingMessage; body: Buffer }> {
  const outgoing = request(`${target}${path}`, {
    method,
    headers: { ...headers, connection: "keep-alive" },
    setHost: false,
    agent,
  });
  outgoing.end(body);
  const message = await new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once("response", resolve);
    outgoing.once("error", reject);
  });
  return { message, body: await collect(message) };
}

async function collect(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
