import { type Agent } from "node:http";
import { type UserError } from "../../lib/errors";
import { noBesideHere } from "../refusals";
import { agentFor, tlsIdentity } from "../stores/connection";
import { exchange, type HttpAnswer, NoAnswer, RedirectRefused } from "../stores/http-request";
import { StoreConflict, StoreUnavailable } from "../stores/object-store";
import { type ConditionalObject } from "./conditional-object";
import { besideHeader } from "./schema";
import { notAllowedThere } from "./refusals";

/** The way to a server's objects beside its states; `close` gives connections back. */
export interface ServedObjects {
  at(url: string): ConditionalObject;
  close(): void;
}

/** Objects beside states, behind the routes of `flywheel serve`, with the credentials of the http backend. */
export function servedObjects(environment: NodeJS.ProcessEnv): ServedObjects {
  const identity = tlsIdentity(environment);
  const user = environment["TF_HTTP_USERNAME"];
  const credentials =
    user === undefined ? {} : { credentials: { user, password: environment["TF_HTTP_PASSWORD"] ?? "" } };
  const agents = new Map<string, Agent>();
  const agentOf = (url: string): Agent => {
    const { origin } = new URL(url);
    const agent = agents.get(origin) ?? agentFor(url, environment, identity);
    agents.set(origin, agent);
    return agent;
  };
  const ask = async (url: string, method: string, headers: Record<string, string> = {}, body?: Buffer) => {
    try {
      const agent = agentOf(url);
      return await exchange({
        method,
        url,
        headers,
        ...(body && { body }),
        agent,
        ...credentials,
        timeout: 60_000,
        limit: 1 << 20,
      });
    } catch (error) {
      if (error instanceof NoAnswer) throw new StoreUnavailable(url, error.message);
      if (error instanceof RedirectRefused) throw new StoreUnavailable(url, error.message);
      throw error;
    }
  };
  return {
    at: (url) => servedObject(url, ask),
    close: () => {
      for (const agent of agents.values()) agent.destroy();
    },
  };
}

type Ask = (url: string, method: string, headers?: Record<string, string>, body?: Buffer) => Promise<HttpAnswer>;

function servedObject(url: string, ask: Ask): ConditionalObject {
  const changed = (answer: HttpAnswer): string => {
    if (answer.status === 412) throw new StoreConflict(url, "it is not what was expected");
    if (answer.status !== 200) throw refused(url, answer);
    return answer.headers.etag ?? "";
  };
  return {
    description: url,
    async read() {
      const answer = await ask(url, "GET");
      if (answer.status >= 500 || answer.status === 401 || answer.status === 403) throw refused(url, answer);
      if (answer.headers[besideHeader] === undefined) throw noBesideHere(url);
      if (answer.status === 404) return undefined;
      if (answer.status !== 200 || answer.headers.etag === undefined) throw refused(url, answer);
      return { bytes: answer.body, version: answer.headers.etag };
    },
    create: async (bytes) => changed(await ask(url, "POST", { "if-none-match": "*" }, bytes)),
    replace: async (bytes, expected) => changed(await ask(url, "POST", { "if-match": expected }, bytes)),
    remove: async (expected) => {
      changed(await ask(url, "DELETE", { "if-match": expected }));
    },
  };
}

function refused(url: string, { status, body }: HttpAnswer): UserError {
  const said = body.toString("utf8").split("\n")[0]?.slice(0, 200) ?? "";
  const what = `it answers ${status}${said === "" ? "" : `: ${said}`}`;
  if (status !== 401 && status !== 403) return new StoreUnavailable(url, what);
  return notAllowedThere(url, what);
}
