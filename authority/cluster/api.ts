import { type Agent } from "node:http";
import { request } from "node:https";
import { parsedJson } from "../../lib/json";
import { agentFor } from "../stores/connection";
import { type ClusterAccess } from "./kubeconfig";

const timeout = 15_000;
/** An object of the API is at most some 1.5 MiB; base64 makes it a third longer. */
const limit = 4 * 1024 * 1024;

/** What an API server says. */
export interface ApiAnswer {
  readonly status: number;
  /** Its JSON; undefined where it is none. */
  readonly document: unknown;
}

/** Why an API server is not asked at all: whoever answered would be believed, or a program would have to be run. */
export function whyNotAsked({ server, insecure, program }: ClusterAccess): string | undefined {
  if (!server.startsWith("https://")) return `${server} is not reached by TLS`;
  if (insecure) return "insecure-skip-tls-verify is set, so that whoever answers is believed";
  return program === undefined ? undefined : `its credentials come from ${program}, which is not run for this`;
}

/** One cluster's API server, by plain HTTPS. */
export class ClusterApi {
  readonly #agent: Agent;

  constructor(
    private readonly access: ClusterAccess,
    environment: NodeJS.ProcessEnv,
  ) {
    const { proxy, ca: onlyCa, cert, key } = access;
    this.#agent = agentFor(
      this.#url(""),
      proxy === undefined ? environment : { ...environment, HTTPS_PROXY: proxy, NO_PROXY: "" },
      {
        ...(onlyCa === undefined ? {} : { onlyCa }),
        ...(cert === undefined ? {} : { cert }),
        ...(key === undefined ? {} : { key }),
      },
    );
  }

  /** Reads what is at a path: `/api/v1/namespaces/x`. @throws Error where there is no whole answer. */
  get(path: string): Promise<ApiAnswer> {
    return this.#ask("GET", path);
  }

  /** Replaces what is at a path; where the object has a resourceVersion, exactly that version of it. @throws as get. */
  put(path: string, object: unknown): Promise<ApiAnswer> {
    return this.#ask("PUT", path, Buffer.from(JSON.stringify(object)));
  }

  /** Gives connections back. */
  close(): void {
    this.#agent.destroy();
  }

  #url(path: string): string {
    return `${this.access.server.replace(/\/+$/, "")}${path}`;
  }

  /** A redirect is an answer like any other: credentials go to this server alone. */
  #ask(method: string, path: string, body?: Buffer): Promise<ApiAnswer> {
    const { token, serverName } = this.access;
    const headers = {
      accept: "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json", "content-length": String(body.length) }),
    };
    return new Promise((resolve, reject) => {
      const asked = request(
        this.#url(path),
        {
          method,
          agent: this.#agent,
          headers,
          ...(serverName === undefined ? {} : { servername: serverName }),
          signal: AbortSignal.timeout(timeout),
        },
        (answer) => {
          const chunks: Buffer[] = [];
          let size = 0;
          answer.on("data", (chunk: Buffer) => {
            chunks.push(chunk);
            if ((size += chunk.length) > limit) asked.destroy(new Error("the answer is too long"));
          });
          answer.on("error", reject);
          answer.on("aborted", () => reject(new Error("the answer was cut off")));
          answer.on("end", () =>
            resolve({ status: answer.statusCode ?? 0, document: parsedJson(Buffer.concat(chunks)) }),
          );
        },
      );
      asked.on("error", (error) => reject(error.name === "TimeoutError" ? new Error("no answer in 15 s") : error));
      asked.end(body);
    });
  }
}
