import { UserError, messageOf } from "../../lib/errors";
import { StateRefusal } from "../refusals";
import { HttpProblem } from "./http-problem";

/** A server that would let everybody in. */
export function serveNeedsCredentials(): UserError {
  return new UserError({
    code: "serve-needs-credentials",
    what: "the state server does not start without credentials",
    expected: "TF_HTTP_USERNAME (without a colon) and TF_HTTP_PASSWORD, or a file of users",
    remedy: "set both in the environment, here and where the engine runs, or give --users FILE",
  });
}

/** A server that others can reach, without TLS. */
export function serveNeedsTls(host: string): UserError {
  return new UserError({
    code: "serve-needs-tls",
    what: `${host} is not loopback, and without TLS passwords and states would cross the network in clear`,
    remedy: "give --cert and --key, or --behind-tls-proxy where a proxy in front speaks TLS, or listen on 127.0.0.1",
  });
}

/** Two states of one server with the same name or object. */
export function stateServedTwice(field: string, double: string): UserError {
  return new UserError({
    code: "state-served-twice",
    what: `two states have the ${field} "${double}"`,
    remedy: "give each its own",
  });
}

/** Another program has the port. */
export function portBusy(port: number, host: string): UserError {
  return new UserError({
    code: "port-busy",
    what: `port ${port} on ${host} is taken by another program`,
    remedy: `stop it, or take a free port: --listen ${host}:0`,
  });
}

/** The system does not let us listen there. `code` is its own name for why. */
export function listenRefused(host: string, port: number, code: string): UserError {
  return new UserError({
    code: "listen-refused",
    what: `can't listen on ${host}:${port} (${code})`,
    remedy: "choose an address of this machine and a port above 1023",
  });
}

/** A request to lock that does not say who locks. */
export function noLockInfo(): StateRefusal {
  return new StateRefusal("lock-info-invalid", "the body of a LOCK is Terraform's lock info, with an ID");
}

/** A request to unlock that does not say which lock. `id` is the stack's. */
export function unlockNeedsId(id: string): StateRefusal {
  return new StateRefusal("lock-id-missing", `an unlock needs the lock's ID; run: flywheel unlock ${id} <lock-id>`);
}

/** A user of that name is in the file. */
export function userExists(file: string, name: string): UserError {
  return new UserError({
    code: "user-exists",
    file,
    what: `${name} is a user already`,
    remedy: `Another password for them: flywheel users rotate ${name} --users ${file}`,
  });
}

/** A server without users does not start. */
export function lastUser(file: string, name: string): UserError {
  return new UserError({
    code: "last-user",
    file,
    what: `${name} is the last user, and the server does not start with nobody`,
    remedy: "Add another user first; the running server takes the new file up at once",
  });
}

/** Nobody in the file has that name. */
export function noSuchUser(file: string, name: string, users: readonly string[]): UserError {
  return new UserError({
    code: "no-such-user",
    file,
    what: `there is no user ${name}`,
    expected: `one of ${users.join(", ")}`,
  });
}

/** Two people change the file of users at once. Nothing was written. */
export function usersFileChanged(file: string): UserError {
  return new UserError({
    code: "changed-meanwhile",
    file,
    what: "somebody else changed this file at the same moment",
    remedy: "Nothing was written; run it again",
  });
}

/** The system does not give the file of users. */
export function usersFileUnreadable(file: string, error: unknown): UserError {
  return new UserError({
    code: "users-file",
    file,
    what: `cannot be read: ${messageOf(error)}`,
    expected: "the file that `flywheel serve --users` reads",
    remedy: "The first user makes it: flywheel users add NAME --users FILE --role write --states '*'",
  });
}

/** The file of users is not one. `why` never holds a hash. */
export function usersFileUnusable(file: string, why: string): UserError {
  return new UserError({
    code: "users-file",
    file,
    what: `this is not a usable file of users: ${why}`,
    expected: "users: [{name, role: read|write, states: [globs], hashes: [one or two scrypt$N$r$p$salt$hash]}]",
  });
}

/** What touches every state is for who may write every state. */
export function notEveryState(name: string): HttpProblem {
  return new HttpProblem(403, "not-every-state", `${name} may not write every state`);
}

/** A method that the path does not know. `allow`: those that it does. */
export function wrongMethod(method: string, allow: string): HttpProblem {
  return new HttpProblem(405, "method-not-allowed", `${method} is none of ${allow}`, { allow });
}

/** A record that is none of the kind that lies there. */
export function recordInvalid(key: string): HttpProblem {
  return new HttpProblem(400, "record-invalid", `this is not what belongs to ${key}`);
}

/** Somebody changed the record meanwhile. */
export function preconditionFailed(key: string): HttpProblem {
  return new HttpProblem(412, "precondition-failed", `${key} is not what was expected; see what is there`);
}

/** A write that does not say what it replaces. */
export function preconditionNeeded(): HttpProblem {
  return new HttpProblem(428, "precondition-needed", "say what is there: If-None-Match: * for nothing, or If-Match");
}

/** The body ended too early. */
export function bodyCutOff(size: number): HttpProblem {
  return new HttpProblem(400, "body-cut-off", `the request ended after ${size} bytes, before its body was complete`);
}

/** The body is another one than its checksum says. */
export function bodyDamaged(): HttpProblem {
  return new HttpProblem(400, "body-damaged", "the body is not the one that Content-MD5 announces");
}

/** The body is over the limit. */
export function bodyTooLarge(limit: number): HttpProblem {
  return new HttpProblem(
    413,
    "body-too-large",
    `the body is over the limit of ${limit} bytes (${Math.floor(limit / 1024)} KiB)`,
  );
}

/** More passwords wait to be checked than are. */
export function tooManyLogins(): HttpProblem {
  return new HttpProblem(503, "too-many-logins", "too many passwords are being checked; try again in a moment", {
    "retry-after": "1",
  });
}

/** No state is at that path. */
export function unknownPath(): HttpProblem {
  return new HttpProblem(400, "unknown-path", "states are at /state/<name>");
}

/** The user's states are others. */
export function notYourState(name: string, stateName: string): HttpProblem {
  return new HttpProblem(403, "not-your-state", `${name} has no access to ${stateName}`);
}

/** The user may read, and this writes. */
export function readOnly(name: string): HttpProblem {
  return new HttpProblem(403, "read-only", `${name} may only read`);
}

/** The configuration has no state of that name. */
export function noSuchState(name: string, known: readonly string[]): HttpProblem {
  return new HttpProblem(
    400,
    "unknown-state",
    `no state ${JSON.stringify(name)} here; known: ${known.length === 0 ? "none" : known.join(", ")}`,
  );
}

/** The client did not wait. */
export function clientGone(): HttpProblem {
  return new HttpProblem(499, "client-gone", "the client left before it was its turn");
}

const asksForBasic = { "www-authenticate": 'Basic realm="flywheel state", charset="UTF-8"' };

/** A request of nobody. */
export function credentialsNeeded(): HttpProblem {
  return new HttpProblem(
    401,
    "no-credentials",
    "credentials are needed: TF_HTTP_USERNAME and TF_HTTP_PASSWORD",
    asksForBasic,
  );
}

/** Nobody has this name with this password. Which of them is wrong is not told. */
export function wrongCredentials(): HttpProblem {
  return new HttpProblem(401, "wrong-credentials", "wrong user or password", asksForBasic);
}

/** A request that the server's own framework refuses, in its words: a broken URL, a broken header. */
export function badRequest(status: number, message: string): HttpProblem {
  return new HttpProblem(status, "bad-request", message);
}

/** A mistake of ours. Nothing of the inside is told. */
export function internalError(): HttpProblem {
  return new HttpProblem(500, "internal", "internal error; the server's log has it");
}
