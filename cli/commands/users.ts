import { randomBytes } from "node:crypto";
import { addUser, endRotation, listUsers, removeUser, rotateUser } from "../../authority/server/users-file";
import { askPassword } from "../password";
import { note, print, printJson, table } from "../terminal";

interface Options {
  /** The file. */
  readonly users: string;
  readonly json?: true;
}

/** `flywheel users add`. */
export async function addUserCommand(
  name: string,
  options: Options & { readonly role: "read" | "write"; readonly states: readonly string[]; readonly generate?: true },
): Promise<void> {
  const { password, show } = await passwordFor(name, options);
  await addUser(options.users, { name, role: options.role, states: options.states }, password);
  done(options, `${name} is added: ${options.role}, ${options.states.join(" ")}`, show);
}

/** `flywheel users rotate`. */
export async function rotateUserCommand(
  name: string,
  options: Options & { readonly generate?: true; readonly finish?: true },
): Promise<void> {
  if (options.finish === true) {
    const ended = endRotation(options.users, name);
    return done(options, ended ? `${name}: only the newest password is valid` : `${name} has one password`, {});
  }
  const { password, show } = await passwordFor(name, options);
  await rotateUser(options.users, name, password);
  done(options, `${name}: the new password is valid, and the one before still is`, show);
  note(`  When nobody uses the one before: flywheel users rotate ${name} --finish --users ${options.users}`);
}

/** `flywheel users remove`. */
export function removeUserCommand(name: string, options: Options): void {
  removeUser(options.users, name);
  done(options, `${name} is removed; a server that reads this file refuses them from the next request on`, {});
  note("  A lock that they hold stays: flywheel status shows it. docs/users.md has the rest of off-boarding");
}

/** `flywheel users list`. */
export function listUsersCommand(options: Options): void {
  const users = listUsers(options.users);
  if (options.json === true) return printJson({ ok: true, users });
  const rows = users.map(({ name, role, states, passwords }) => [name, role, states.join(" "), String(passwords)]);
  print(table([["user", "role", "states", "passwords"], ...rows]));
}

/** A generated password is shown once, on stdout, and kept nowhere. */
async function passwordFor(
  name: string,
  { generate }: { readonly generate?: true },
): Promise<{ password: string; show: { password?: string } }> {
  if (generate !== true) return { password: await askPassword(name), show: {} };
  const password = randomBytes(24).toString("base64url");
  return { password, show: { password } };
}

function done(options: Options, what: string, show: { password?: string }): void {
  if (options.json === true) return printJson({ ok: true, ...show });
  if (show.password === undefined) return print(what);
  note(what);
  note("  The password, shown this once:");
  print(show.password);
}
