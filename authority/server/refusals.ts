import { UserError } from "../../lib/errors";
import { StateRefusal } from "../refusals";

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
    what: `cannot be read: ${error instanceof Error ? error.message : String(error)}`,
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
