import { type Code } from "../../lib/errors";
import { linesForTerminal } from "../../lib/text/terminal";
import { marshalLockInfo } from "../state/lock-info";
import { StoreTimeout, StoreUnavailable } from "../stores/object-store";
import { HttpProblem } from "./http-problem";
import { badRequest, internalError } from "./refusals";
import { StateRefusal, type RefusalCode } from "../refusals";

/** What goes back to the client, and the code that goes into the audit line. */
interface Answer {
  readonly status: number;
  readonly code: Code;
  readonly type: string;
  readonly body: string | Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

// Terraform waits on 409 and 423 of a LOCK, and reads the body of both as lock info: a LOCK never gets a 409 here.
// 5xx is what the engines try again, and no failure is ever 404, which they read as "no state".
const statusOf: Readonly<Record<RefusalCode, number>> = {
  locked: 423,
  "lock-needed": 409,
  "lock-id-missing": 400,
  "lock-info-invalid": 400,
  "lock-unreadable": 502,
  "lock-create-broken": 502,
  "state-invalid": 400,
  "state-too-large": 413,
  "lineage-changed": 409,
  "serial-lowered": 409,
  "serial-taken": 409,
  "state-changed-meanwhile": 409,
  "stored-state-unreadable": 502,
  "read-back-differs": 502,
};

/** Turns whatever was thrown into an answer. Unknown errors become a 500 that says nothing about the inside. */
export function answerTo(error: unknown): Answer {
  if (error instanceof HttpProblem) return answerOf(error);
  if (error instanceof StateRefusal) {
    if (error.code === "locked" && error.holder) {
      return {
        status: 423,
        code: "locked",
        type: "application/json",
        body: marshalLockInfo(error.holder),
        headers: {},
      };
    }
    return text(statusOf[error.code], error.code, error.message);
  }
  if (error instanceof StoreTimeout) return text(504, "store-timeout", error.message);
  if (error instanceof StoreUnavailable)
    return text(503, error.problems[0]?.code ?? "store-unavailable", error.message);
  // A request that fastify itself refuses (a broken URL, a broken header) carries a status of its own.
  if (
    error instanceof Error &&
    "statusCode" in error &&
    typeof error.statusCode === "number" &&
    error.statusCode >= 400 &&
    error.statusCode < 500
  ) {
    return answerOf(badRequest(error.statusCode === 404 ? 400 : error.statusCode, error.message));
  }
  return answerOf(internalError());
}

function answerOf({ status, code, message, headers }: HttpProblem): Answer {
  return text(status, code, message, headers);
}

function text(status: number, code: Code, message: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, code, type: "text/plain; charset=utf-8", body: `${linesForTerminal(message)}\n`, headers };
}
