import { existsSync, readFileSync } from "node:fs";
import { Document, parseDocument } from "yaml";
import { writeFileAtomically } from "../../lib/files";
import { hashPassword } from "./password";
import { readUsers } from "./users";
import { userExists, lastUser, noSuchUser, usersFileChanged, usersFileUnreadable } from "./refusals";
import { z } from "zod";

const rawUsers = z.object({ users: z.array(z.object({ hashes: z.array(z.string()) })) });

/** A user as the file has them, without what proves them. */
interface ListedUser {
  readonly name: string;
  readonly role: "read" | "write";
  readonly states: readonly string[];
  /** How many passwords are valid: two while one is being changed. */
  readonly passwords: number;
}

/** The users of a file. @throws UserError `users-file` where it can't be used. */
export function listUsers(file: string): readonly ListedUser[] {
  return readUsers(file, readFileOrRefuse(file)).map(({ name, role, states, hashes }) => ({
    name,
    role,
    states,
    passwords: hashes.length,
  }));
}

/** Adds a user; the file is made where there is none. @throws UserError `user-exists`, and what the file itself refuses. */
export async function addUser(
  file: string,
  user: { readonly name: string; readonly role: "read" | "write"; readonly states: readonly string[] },
  password: string,
): Promise<void> {
  const text = existsSync(file) ? readFileSync(file, "utf8") : undefined;
  if (text !== undefined && readUsers(file, text).some(({ name }) => name === user.name))
    throw userExists(file, user.name);
  const entry = { ...user, hashes: [await hashPassword(password)] };
  const document = text === undefined ? new Document({ users: [] }) : parseDocument(text);
  document.addIn(["users"], document.createNode(entry));
  write(file, text, document);
}

/**
 * Gives a user a new password beside the one that they have, so that nobody is locked out meanwhile; of two, the older goes.
 * @throws UserError `no-such-user`.
 */
export async function rotateUser(file: string, name: string, password: string): Promise<void> {
  const { text, at, hashes } = find(file, name);
  const document = parseDocument(text);
  document.setIn(["users", at, "hashes"], document.createNode([...hashes.slice(-1), await hashPassword(password)]));
  write(file, text, document);
}

/** Ends a rotation: only the newest password is valid. False where there was one only. @throws UserError `no-such-user`. */
export function endRotation(file: string, name: string): boolean {
  const { text, at, hashes } = find(file, name);
  if (hashes.length === 1) return false;
  const document = parseDocument(text);
  document.setIn(["users", at, "hashes"], document.createNode(hashes.slice(-1)));
  write(file, text, document);
  return true;
}

/** Takes a user out. @throws UserError `no-such-user`, `last-user` (the server does not start with nobody). */
export function removeUser(file: string, name: string): void {
  const { text, at, count } = find(file, name);
  if (count === 1) throw lastUser(file, name);
  const document = parseDocument(text);
  document.deleteIn(["users", at]);
  write(file, text, document);
}

function find(file: string, name: string): { text: string; at: number; count: number; hashes: readonly string[] } {
  const text = readFileOrRefuse(file);
  const users = readUsers(file, text);
  const at = users.findIndex((user) => user.name === name);
  if (at < 0)
    throw noSuchUser(
      file,
      name,
      users.map((user) => user.name),
    );
  // The text of the file: what was parsed holds the hash in parts.
  const { users: entries } = rawUsers.parse(parseDocument(text).toJS());
  return { text, at, count: users.length, hashes: entries[at]?.hashes ?? [] };
}

/** @throws UserError `changed-meanwhile` where somebody else wrote the file since it was read, and what the disk refuses. */
function write(file: string, before: string | undefined, document: Document): void {
  const after = String(document);
  readUsers(file, after);
  if ((existsSync(file) ? readFileSync(file, "utf8") : undefined) !== before) throw usersFileChanged(file);
  writeFileAtomically(file, after, 0o600);
}

function readFileOrRefuse(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw usersFileUnreadable(file, error);
  }
}
