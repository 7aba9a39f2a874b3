import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { type Duplex } from "node:stream";
import { forHtml } from "../../lib/text/html";
import { messageOf } from "../../lib/errors";

/** A host and a port. */
export interface Point {
  readonly host: string;
  readonly port: number;
}

interface ProxyOptions {
  /** Where the connection for a destination goes; what it gives is connected to, once. @throws Error where there is no way. */
  readonly route: (to: Point) => Promise<Point>;
  /** What went wrong on the way, for whoever watches. */
  readonly failed: (to: Point, why: string) => void;
}

/**
 * A proxy on loopback for one command: CONNECT, and requests in absolute form. Bytes pass as they are, so the names in TLS and in signatures
 * stay. `stop` ends what is under way.
 */
export async function startProxy({ route, failed }: ProxyOptions): Promise<{ url: string; stop: () => void }> {
  const open = new Set<Duplex>();
  const keep = (socket: Duplex) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  };
  const server: Server = createServer({ keepAliveTimeout: 60_000, requestTimeout: 0 });
  server.on("connection", keep);
  server.on("request", (incoming: IncomingMessage, answer: ServerResponse) => void forward(incoming, answer));
  server.on(
    "connect",
    (incoming: IncomingMessage, socket: Socket, head: Buffer) => void tunnel(incoming, socket, head),
  );
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- a server that listens on TCP has such an address
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };

  async function forward(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const url = URL.canParse(incoming.url ?? "") ? new URL(incoming.url ?? "") : undefined;
    if (url?.protocol !== "http:") {
      answer.writeHead(400).end("this is a proxy: an absolute http address is needed\n");
      return;
    }
    const to = pointOf(url.host, 80);
    const refuse = (error: unknown) => {
      const why = messageOf(error);
      failed(to, why);
      if (answer.headersSent) answer.destroy();
      else answer.writeHead(502, { "content-type": "application/xml" }).end(errorDocument(why));
    };
    try {
      const { host, port: at } = await route(to);
      const outgoing = request(
        {
          host,
          port: at,
          method: incoming.method,
          // As the client wrote it: a signature covers it.
          path: (incoming.url ?? "").replace(/^http:\/\/[^/?]*/i, "").replace(/^(?!\/)/, "/"),
          headers: endToEnd(incoming.rawHeaders),
          setHost: false,
          agent: false,
        },
        (reply) => {
          answer.writeHead(reply.statusCode ?? 502, reply.statusMessage, endToEnd(reply.rawHeaders));
          reply.on("error", refuse);
          reply.pipe(answer);
        },
      );
      outgoing.on("error", refuse);
      answer.on("close", () => outgoing.destroy());
      incoming.pipe(outgoing);
    } catch (error) {
      refuse(error);
    }
  }

  async function tunnel(incoming: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const to = pointOf(incoming.url ?? "", 443);
    socket.on("error", () => socket.destroy());
    try {
      const { host, port: at } = await route(to);
      const way = connect({ host, port: at });
      keep(way);
      way.once("connect", () => {
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
        if (head.length > 0) way.write(head);
        way.pipe(socket).pipe(way);
      });
      way.on("error", (error) => {
        failed(to, error.message);
        socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
      });
      socket.on("close", () => way.destroy());
      way.on("close", () => socket.end());
    } catch (error) {
      failed(to, messageOf(error));
      socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
    }
  }
}

/** In the form in which clients of S3 read errors, so that what they say is why. XML knows the references that forHtml writes. */
function errorDocument(why: string): string {
  return `<Error><Code>BadGateway</Code><Message>flywheel tunnel: ${forHtml(why)}</Message></Error>\n`;
}

/** `host:port` as a point; an IPv6 host stands in brackets. */
export function pointOf(text: string, defaultPort: number): Point {
  const [, host = text, port] = /^(.*?)(?::(\d+))?$/.exec(text) ?? [];
  return { host: host.replace(/^\[|\]$/g, "").toLowerCase(), port: port === undefined ? defaultPort : Number(port) };
}

const perHop = new Set(["connection", "proxy-connection", "keep-alive", "proxy-authorization", "te", "upgrade"]);

/** The headers that are for the other end, as they came. */
function endToEnd(raw: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const [name = "", value = ""] = raw.slice(index, index + 2);
    if (!perHop.has(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}
