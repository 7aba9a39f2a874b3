import { type HttpContract } from "../lib/backend/contract";
import { UserError } from "../lib/errors";

const timeout = 30_000;

/**
 * The state at an HTTP address, or undefined where the server says that there is none (404 or 204, as the engines read it).
 * Credentials are TF_HTTP_USERNAME and TF_HTTP_PASSWORD.
 * @throws UserError for everything else: an outage is never "no state".
 */
export async function readOverHttp({ address }: HttpContract, environment: NodeJS.ProcessEnv): Promise<Buffer | undefined> {
  const user = environment["TF_HTTP_USERNAME"];
  const password = environment["TF_HTTP_PASSWORD"];
  const headers: Record<string, string> = user === undefined ? {} : { authorization: `Basic ${Buffer.from(`${user}:${password ?? ""}`).toString("base64")}` };
  let response: Response;
  try {
    response = await fetch(address, { headers, redirect: "follow", signal: AbortSignal.timeout(timeout) });
    if (response.status === 200) return Buffer.from(await response.arrayBuffer());
  } catch (error) {
    throw unavailable(address, reasonOf(error));
  }
  if (response.status === 404 || response.status === 204) return undefined;
  const said = firstLine(await response.text().catch(() => ""));
  if (response.status === 401 || response.status === 403) {
    throw new UserError({
      code: "not-allowed",
      what: `${address} answers ${response.status}${said}`,
      expected: "credentials that may read this state",
      remedy: user === undefined ? "Set TF_HTTP_USERNAME and TF_HTTP_PASSWORD" : `TF_HTTP_USERNAME is ${user}: check it and TF_HTTP_PASSWORD`,
    });
  }
  throw unavailable(address, `it answers ${response.status}${said}`);
}

function unavailable(address: string, why: string): UserError {
  return new UserError({ code: "state-unavailable", what: `the state at ${address} cannot be read: ${why}`, expected: "an answer; an outage says nothing about the state, so nothing was written", remedy: "Try again when the server is back" });
}

function firstLine(text: string): string {
  const line = text.split("\n")[0]?.trim().slice(0, 200) ?? "";
  return line === "" ? "" : ` (${line})`;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || error.message : error.message;
}
