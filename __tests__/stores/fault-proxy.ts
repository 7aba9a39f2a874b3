import { once } from "node:events";
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";

/** What happens to one request on its way to the server or back. */
export type Fault =
  | "pass"
  /** No answer, ever. */
  | "hang"
  /** The server does it, the client never hears of it. */
  | "lose-reply"
  /** As a proxy that repeats a request whose reply it lost. */
  | "twice"
  /** Half of the body, then the connection ends. */
  | "cut"
  /** Half of the body, and a length that says that this is all. */
  | "shorten"
  | { readonly status: number; readonly body: string; readonly headers?: Readonly<Record<string, string>> }
  /** Something happens first. */
  | { readonly before: () => Promise<unknown> };

export interface FaultProxy {
  readonly url: string;
  /** The fault of each request that comes from now on; forgotten with the next call. */
  inject(choose: (request: IncomingMessage, number: number) => Fault): void;
  /** Methods and paths since the last `inject`. */
  readonly seen: readonly string[];
  close(): Promise<void>;
}

interface Reply {
  readonly message: IncomingMessage;
  readonly body: Buffer;
}

/** A proxy on loopback in front of an HTTP server. It leaves the Host header alone, so that signatures stay valid. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  let choose: (request: IncomingMessage, number: number) => Fault = () => "pass";
  const seen: string[] = [];
  const server = createServer((incoming, outgoing) => {
    seen.push(`${incoming.method ?? ""} ${incoming.url ?? ""}`);
    handle(target, choose(incoming, seen.length), incoming, outgoing).catch(() => outgoing.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    inject(next) {
      seen.length = 0;
      choose = next;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function handle(target: string, fault: Fault, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const body = await collect(incoming);
  if (fault === "hang") return;
  if (typeof fault === "object" && "status" in fault) return void outgoing.writeHead(fault.status, fault.headers).end(fault.body);
  if (typeof fault === "object") await fault.before();
  if (fault === "twice") await forward(target, incoming, body);
  const reply = await forward(target, incoming, body);
  if (fault === "lose-reply") return void outgoing.destroy();
  const headers = { ...reply.message.headers };
  const half = reply.body.subarray(0, Math.floor(reply.body.length / 2));
  if (fault === "shorten") {
    headers["content-length"] = String(half.length);
    delete headers["transfer-encoding"];
  }
  outgoing.writeHead(reply.message.statusCode ?? 500, headers);
  if (fault === "shorten") return void outgoing.end(half);
  if (fault !== "cut") return void outgoing.end(reply.body);
  outgoing.write(half, () => setTimeout(() => outgoing.destroy(), 20));
}

async function forward(target: string, incoming: IncomingMessage, body: Buffer): Promise<Reply> {
  const outgoing = request(`${target}${incoming.url ?? "/"}`, { method: incoming.method, headers: incoming.headers, setHost: false });
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
