import { IncomingMessage } from "node:http";
import { finished } from "node:stream/promises";
import { S3ServiceException } from "@aws-sdk/client-s3";
import { Sha256 } from "@aws-sdk/checksums/sha";
import { parseXML } from "@aws-sdk/xml-builder";
import { escapeUri, HttpRequest } from "@smithy/core/protocols";
import { type NodeHttpHandler } from "@smithy/node-http-handler";
import { SignatureV4 } from "@smithy/signature-v4";
import { digestOf } from "../../lib/digests";
import { within } from "../../lib/config/kind";
import { type S3Access, type S3Place } from "./s3-client";

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
    { credentials, handler }: S3Access,
  ) {
    this.#base = new URL(place.endpoint);
    this.#handler = handler;
    this.#signer = new SignatureV4({
      credentials,
      region: place.region,
      service: "s3",
      sha256: Sha256,
      // S3 alone signs a path as it is sent.
      uriEscapePath: false,
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
      body: await collect(response.body),
    };
    if (answer.status < 300 || answer.status === 304) return answer;
    const error = errorOf(answer);
    if (error.name === "RequestTimeTooSkewed") this.#ahead = Date.parse(answer.headers["date"] ?? "") - Date.now() || 0;
    throw error;
  }
}

/**
 * The whole body, into place where its size is announced. What is cut off, falls silent or is aborted is an error of the connection, which
 * the handler tells; it is never a short body.
 */
async function collect(incoming: unknown): Promise<Buffer> {
  if (!(incoming instanceof IncomingMessage)) return empty;
  const announced = Number(incoming.headers["content-length"] ?? Number.NaN);
  const whole = announced <= announcedLimit ? Buffer.allocUnsafe(announced) : undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  incoming.on("data", (chunk: Buffer) => {
    if (whole === undefined) chunks.push(chunk);
    else chunk.copy(whole, size);
    size += chunk.length;
  });
  await finished(incoming);
  return whole === undefined ? Buffer.concat(chunks, size) : whole.subarray(0, size);
}

/** S3's error, by the code that it says itself; a body that is not S3's has none. */
function errorOf({ status, body }: ObjectAnswer): S3ServiceException {
  const said = errorIn(body.toString("utf8", 0, errorLimit));
  const code = typeof said.code === "string" ? said.code : status === 404 ? "NotFound" : "Unknown";
  return new S3ServiceException({
    name: code,
    message: typeof said.message === "string" && said.message !== "" ? said.message : code,
    $fault: status < 500 ? "client" : "server",
    $metadata: { httpStatusCode: status },
  });
}

function errorIn(text: string): { readonly code: unknown; readonly message: unknown } {
  try {
    const document: unknown = parseXML(text);
    return { code: within(document, "Error", "Code"), message: within(document, "Error", "Message") };
  } catch {
    return { code: undefined, message: undefined };
  }
}
