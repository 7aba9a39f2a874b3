import { type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { S3ServiceException } from "@aws-sdk/client-s3";
import { digestOf } from "../../lib/digests";
import { agentFor } from "./connection";
import { type S3Place, type S3Timeouts } from "./s3-client";
import { type S3Credentials } from "./s3-credentials";
import { encodedKey, queryText, S3Signer } from "./s3-signature";

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

/** A whole answer that is no error, or a 304. */
export interface ObjectAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const empty = Buffer.alloc(0);

/** An answer that announces more is collected as it comes. */
const announcedLimit = 128 * 1024 * 1024;

/**
 * Reading, writing and removing objects, signed, each with one HTTP request and never repeated: what every read and every lock of a server
 * waits for. The SDK does the same in some ten times the processor's time; it stays for what is asked seldom.
 *
 * Throws S3ServiceException for what S3 answered, as the SDK does, and for anything else the error of the connection.
 */
export class ObjectRequests {
  readonly #agent;
  readonly #base: URL;
  readonly #signer: S3Signer;
  readonly #send: typeof httpRequest;
  /** What the server's clock is ahead of ours, in milliseconds, once it refused a request for that. */
  #ahead = 0;

  constructor(
    private readonly place: S3Place,
    private readonly credentials: S3Credentials,
    environment: NodeJS.ProcessEnv,
    private readonly timeouts: S3Timeouts,
  ) {
    this.#agent = agentFor(place.endpoint, environment);
    this.#base = new URL(place.endpoint);
    this.#signer = new S3Signer(place.region);
    this.#send = this.#base.protocol === "https:" ? httpsRequest : httpRequest;
  }

  /** Gives the connections back. */
  close(): void {
    this.#agent.destroy();
  }

  async send({ method, key, versionId, headers = {}, body, signal }: ObjectRequest): Promise<ObjectAnswer> {
    const identity = await this.credentials();
    signal.throwIfAborted();
    const path = `${this.#base.pathname.replace(/\/$/, "")}/${encodedKey(`${this.place.bucket}/${key}`)}`;
    const query: Record<string, string> = versionId === undefined ? {} : { versionId };
    const signed = this.#signer.sign(identity, {
      method,
      path,
      query,
      headers: { host: this.#base.host, ...headers },
      payload: digestOf(body ?? empty, "sha256").toString("hex"),
      at: new Date(Date.now() + this.#ahead),
    });
    if (body !== undefined) signed["content-length"] = String(body.length);
    const text = queryText(query);
    const answer = await this.#exchange(method, text === "" ? path : `${path}?${text}`, signed, body, signal);
    if (answer.status < 300 || answer.status === 304) return answer;
    const error = errorOf(answer);
    if (error.name === "RequestTimeTooSkewed") this.#ahead = Date.parse(answer.headers.date ?? "") - Date.now() || 0;
    throw error;
  }

  #exchange(
    method: string,
    path: string,
    headers: Record<string, string>,
    body: Buffer | undefined,
    signal: AbortSignal,
  ): Promise<ObjectAnswer> {
    const { protocol, hostname, port } = this.#base;
    return new Promise((resolve, reject) => {
      const outgoing = this.#send({
        protocol,
        hostname: hostname.replace(/^\[|\]$/g, ""),
        port,
        method,
        path,
        headers,
        agent: this.#agent,
        timeout: this.timeouts.idle,
      });
      // Once an answer has begun, Node tells of our own end as of a reset by the server.
      let ended: Error | undefined;
      const end = (reason: Error) => outgoing.destroy((ended ??= reason));
      const silent = () => end(timeoutError(`no byte for ${this.timeouts.idle} ms`));
      const connecting = setTimeout(
        () => end(timeoutError(`no connection within ${this.timeouts.connect} ms`)),
        this.timeouts.connect,
      );
      const connected = () => clearTimeout(connecting);
      const stop = () => end(abortError(signal.reason));
      const over = () => {
        connected();
        signal.removeEventListener("abort", stop);
      };
      const fail = (error: unknown) => {
        over();
        reject(ended ?? (error instanceof Error ? error : new Error(String(error))));
      };
      signal.addEventListener("abort", stop);
      outgoing.once("socket", (socket) => {
        if (socket.connecting) socket.once("connect", connected);
        else connected();
      });
      outgoing.once("timeout", silent);
      outgoing.on("error", fail);
      outgoing.once("response", (incoming) => {
        collect(incoming, (bytes) => {
          over();
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: bytes });
        });
        incoming.once("error", fail);
      });
      outgoing.end(body);
    });
  }
}

/** The whole body, into place as it comes where its size is announced. What is cut off is an error of the connection, never a short body. */
function collect(incoming: IncomingMessage, done: (bytes: Buffer) => void): void {
  const announced = Number(incoming.headers["content-length"] ?? Number.NaN);
  const whole = announced <= announcedLimit ? Buffer.allocUnsafe(announced) : undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  incoming.on("data", (chunk: Buffer) => {
    if (whole === undefined) chunks.push(chunk);
    else chunk.copy(whole, size);
    size += chunk.length;
  });
  incoming.once("end", () => done(whole === undefined ? Buffer.concat(chunks, size) : whole.subarray(0, size)));
}

/** S3's error, by the code that it says itself; a body that is not S3's has none. */
function errorOf({ status, body }: ObjectAnswer): S3ServiceException {
  const text = body.toString("utf8", 0, 65_536);
  const field = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1];
  const isError = /<Error[\s>]/.test(text);
  const code = (isError ? field("Code") : undefined) ?? (status === 404 ? "NotFound" : "Unknown");
  return new S3ServiceException({
    name: code,
    message: (isError ? unescaped(field("Message") ?? "") : "") || code,
    $fault: status < 500 ? "client" : "server",
    $metadata: { httpStatusCode: status },
  });
}

const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

function unescaped(text: string): string {
  return text.replace(/&(?:(lt|gt|quot|apos|amp)|#(\d{1,6})|#x([0-9a-f]{1,5}));/gi, (whole, name, decimal, hex) => {
    if (typeof name === "string") return entities[name.toLowerCase()] ?? whole;
    return String.fromCodePoint(typeof decimal === "string" ? Number(decimal) : Number.parseInt(String(hex), 16));
  });
}

function timeoutError(message: string): Error {
  return Object.assign(new Error(message), { name: "TimeoutError" });
}

function abortError(reason: unknown): Error {
  return reason instanceof Error ? reason : Object.assign(new Error("aborted"), { name: "AbortError" });
}
