import { type Agent as TlsAgent } from "node:https";
import { IncomingMessage } from "node:http";
import { S3ServiceException } from "@aws-sdk/client-s3";
import { Sha256 } from "@aws-sdk/checksums/sha";
import { parseXML } from "@aws-sdk/xml-builder";
import { escapeUri, HttpRequest } from "@smithy/core/protocols";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { SignatureV4 } from "@smithy/signature-v4";
import { digestOf } from "../../lib/digests";
import { agentFor } from "./connection";
import { type S3Place, type S3Timeouts } from "./s3-client";
import { type S3Credentials } from "./s3-credentials";

/** A request for one object. */
interface ObjectRequest {
  readonly method: "GET" | "PUT" | "DELETE";
  readonly key: string;
  readonly versionId?: string | undefined;
  /** Names in small letters. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly signal: AbortSignal;
}

/** A whole answer that is no error, or a 304. Headers have names in small letters. */
export interface ObjectAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const empty = Buffer.alloc(0);

/** An error that S3 wrote is shorter. */
const errorLimit = 65_536;

/** An answer that announces more is collected as it comes. */
const announcedLimit = 128 * 1024 * 1024;

/**
 * Reading, writing and removing objects, each with one HTTP request and never repeated: what every read and every lock of a server waits
 * for. The SDK's own signer and connection handler do it, without its client's layers, which take three times the processor's time (make
 * bench); the client stays for what is asked seldom.
 *
 * Throws S3ServiceException for what S3 answered, as the client does, and for anything else the error of the connection.
 */
export class ObjectRequests {
  readonly #base: URL;
  readonly #signer: SignatureV4;
  readonly #handler: NodeHttpHandler;
  /** What the server's clock is ahead of ours, in milliseconds, once it refused a request for that. */
  #ahead = 0;

  constructor(
    private readonly place: S3Place,
    credentials: S3Credentials,
    environment: NodeJS.ProcessEnv,
    timeouts: S3Timeouts,
  ) {
    this.#base = new URL(place.endpoint);
    // S3 alone signs a path as it is sent.
    this.#signer = new SignatureV4({
      credentials,
      region: place.region,
      service: "s3",
      sha256: Sha256,
      uriEscapePath: false,
    });
    // One place, so one way there, whichever scheme it has.
    const agent = agentFor(place.endpoint, environment);
    this.#handler = new NodeHttpHandler({
      connectionTimeout: timeouts.connect,
      socketTimeout: timeouts.idle,
      httpAgent: agent,
      // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- through a proxy it is no https.Agent by type, and makes TLS connections all the same
      httpsAgent: agent as TlsAgent,
    });
  }

  /** Gives the connections back. */
  close(): void {
    this.#handler.destroy();
  }

  async send({ method, key, versionId, headers = {}, body, signal }: ObjectRequest): Promise<ObjectAnswer> {
    const { protocol, hostname, port, host, pathname } = this.#base;
    const request = new HttpRequest({
      method,
      protocol,
      hostname,
      ...(port === "" ? {} : { port: Number(port) }),
      path: [pathname.replace(/\/$/, ""), ...`${this.place.bucket}/${key}`.split("/").map(escapeUri)].join("/"),
      query: versionId === undefined ? {} : { versionId },
      headers: {
        host,
        ...headers,
        "x-amz-content-sha256": digestOf(body ?? empty, "sha256").toString("hex"),
        ...(body === undefined ? {} : { "content-length": String(body.length) }),
      },
      body,
    });
    const signed = await this.#signer.sign(request, { signingDate: new Date(Date.now() + this.#ahead) });
    signal.throwIfAborted();
    const { response } = await this.#handler.handle(new HttpRequest(signed), { abortSignal: signal });
    const answer = {
      status: response.statusCode,
      headers: response.headers,
      body: await collect(response.body, signal),
    };
    if (answer.status < 300 || answer.status === 304) return answer;
    const error = errorOf(answer);
    if (error.name === "RequestTimeTooSkewed") this.#ahead = Date.parse(answer.headers["date"] ?? "") - Date.now() || 0;
    throw error;
  }
}

/** The whole body, into place as it comes where its size is announced. What is cut off is an error of the connection, never a short body. */
function collect(incoming: unknown, signal: AbortSignal): Promise<Buffer> {
  if (!(incoming instanceof IncomingMessage)) return Promise.resolve(empty);
  return new Promise((resolve, reject) => {
    const announced = Number(incoming.headers["content-length"] ?? Number.NaN);
    const whole = announced <= announcedLimit ? Buffer.allocUnsafe(announced) : undefined;
    const chunks: Buffer[] = [];
    let size = 0;
    // The handler ends an exchange that falls silent; once an answer has begun, Node tells of that as of a reset by the server.
    let silence: Error | undefined;
    const silent = () => (silence = Object.assign(new Error("no byte in time"), { name: "TimeoutError" }));
    const stop = () => incoming.destroy(signal.reason instanceof Error ? signal.reason : new Error("aborted"));
    const { socket } = incoming;
    socket.once("timeout", silent);
    signal.addEventListener("abort", stop);
    const over = () => {
      socket.off("timeout", silent);
      signal.removeEventListener("abort", stop);
    };
    incoming.on("data", (chunk: Buffer) => {
      if (whole === undefined) chunks.push(chunk);
      else chunk.copy(whole, size);
      size += chunk.length;
    });
    incoming.once("end", () => {
      over();
      resolve(whole === undefined ? Buffer.concat(chunks, size) : whole.subarray(0, size));
    });
    incoming.once("error", (error) => {
      over();
      reject(silence ?? error);
    });
  });
}

/** S3's error, by the code that it says itself; a body that is not S3's has none. */
function errorOf({ status, body }: ObjectAnswer): S3ServiceException {
  const said = errorIn(body.toString("utf8", 0, errorLimit));
  const code = said?.code ?? (status === 404 ? "NotFound" : "Unknown");
  return new S3ServiceException({
    name: code,
    message: said?.message || code,
    $fault: status < 500 ? "client" : "server",
    $metadata: { httpStatusCode: status },
  });
}

function errorIn(text: string): { readonly code?: string; readonly message?: string } | undefined {
  let document: unknown;
  try {
    document = parseXML(text);
  } catch {
    return undefined;
  }
  const error = fieldOf(document, "Error");
  const [code, message] = [fieldOf(error, "Code"), fieldOf(error, "Message")];
  return {
    ...(typeof code === "string" ? { code } : {}),
    ...(typeof message === "string" ? { message } : {}),
  };
}

function fieldOf(of: unknown, name: string): unknown {
  return typeof of === "object" && of !== null ? Object.entries(of).find(([key]) => key === name)?.[1] : undefined;
}
