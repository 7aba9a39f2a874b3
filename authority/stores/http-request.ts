import { type Agent, type IncomingHttpHeaders, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";

/** A whole answer. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: Buffer;
  readonly headers: IncomingHttpHeaders;
}

interface HttpQuestion {
  readonly method: string;
  readonly url: string;
  /** The way there; a redirect never leaves its origin. */
  readonly agent: Agent;
  readonly credentials?: HttpCredentials;
  /** JSON. */
  readonly body?: Buffer;
  /** More headers, such as preconditions. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds for the whole exchange. */
  readonly timeout: number;
  /** The most bytes that an answer may have. */
  readonly limit: number;
}

/** TF_HTTP_USERNAME and TF_HTTP_PASSWORD. */
export interface HttpCredentials {
  readonly user: string;
  readonly password: string;
}

/** There was no whole answer. */
export class NoAnswer extends Error {
  constructor(
    message: string,
    readonly isTimeout = false,
  ) {
    super(message);
  }
}

/** The server sends the request on to somebody else, who would get the state, or the password with it. */
export class RedirectRefused extends Error {
  constructor(
    readonly from: string,
    /** The origin that it names: scheme, host and port. */
    readonly to: string,
  ) {
    super(`${from} redirects to ${to}`);
  }
}

const redirectLimit = 5;

/**
 * One exchange over HTTP with any method, LOCK and UNLOCK too, which fetch does not send reliably. An answer that is cut off is
 * no answer: the length that was announced, or the end of the last chunk, must have come. Redirects are followed as the engines
 * do, a GET always, other methods on 307 and 308, but never to another origin: from https to http neither, which is another one.
 * @throws NoAnswer, RedirectRefused
 */
export async function exchange(question: HttpQuestion): Promise<HttpAnswer> {
  const signal = AbortSignal.timeout(question.timeout);
  let current = question;
  for (let redirects = 0; redirects <= redirectLimit; redirects += 1) {
    const { status, body, headers, location } = await single(current, signal);
    const follows =
      location !== undefined &&
      (status === 307 || status === 308 || (current.method === "GET" && status >= 301 && status <= 303));
    if (!follows) return { status, body, headers };
    if (!URL.canParse(location, current.url)) throw new NoAnswer(`it redirects to "${location}", which is no address`);
    const next = new URL(location, current.url);
    const { origin } = new URL(current.url);
    if (next.origin !== origin) throw new RedirectRefused(origin, next.origin);
    current = { ...current, url: next.href };
  }
  throw new NoAnswer(`more than ${redirectLimit} redirects`);
}

function single(question: HttpQuestion, signal: AbortSignal): Promise<HttpAnswer & { location?: string }> {
  const { method, url, agent, credentials, body, limit } = question;
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) =>
      reject(
        signal.aborted
          ? new NoAnswer("no answer in time", true)
          : error instanceof NoAnswer
            ? error
            : new NoAnswer(reasonOf(error)),
      );
    const headers: Record<string, string> = { accept: "application/json, */*", ...question.headers };
    if (credentials !== undefined)
      headers["authorization"] =
        `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString("base64")}`;
    if (body !== undefined)
      Object.assign(headers, { "content-type": "application/json", "content-length": String(body.length) });
    const outgoing = (new URL(url).protocol === "https:" ? httpsRequest : httpRequest)(url, {
      method,
      headers,
      agent,
      signal,
    });
    outgoing.on("error", fail);
    outgoing.on("response", (incoming) => {
      collect(incoming, limit).then(
        (whole) => {
          const { statusCode = 0, headers: given } = incoming;
          resolve({ status: statusCode, body: whole, headers: given, location: given.location });
        },
        (error: unknown) => {
          outgoing.destroy();
          fail(error);
        },
      );
    });
    outgoing.end(body);
  });
}

async function collect(incoming: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > limit) throw new NoAnswer(`its answer is over ${limit} bytes`);
    chunks.push(bytes);
  }
  if (!incoming.complete) throw new NoAnswer("its answer was cut off");
  return Buffer.concat(chunks);
}

function reasonOf(error: unknown): string {
  if (typeof error !== "object" || error === null || !("message" in error) || typeof error.message !== "string")
    return String(error);
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const message = error.message === "" || error.message === "aborted" ? "the connection was cut off" : error.message;
  return message.includes(code) ? message : `${message} (${code})`;
}
