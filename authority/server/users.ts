import { createHmac, randomBytes } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { parse } from "yaml";
import { z } from "zod";
import { UserError } from "../../lib/errors";
import { matchesGlob } from "../../lib/text/glob";
import type { Authenticator, Identity } from "./authenticate";
import { PasswordChecks } from "./password-checks";
import { hashPassword, parsePasswordHash, verifyPassword, type PasswordHash } from "./password";
import { usersFileUnusable } from "./refusals";

/**
 * The users file, YAML or JSON:
 *
 *     users:
 *       - {name: ci, role: write, states: ["*-prod"], hashes: ["scrypt$32768$8$1$<salt>$<hash>"]}
 *
 * One or two hashes, so that a password changes without a gap. `states` are globs over state names: `*` any run of
 * characters, `?` one.
 */
const hash = z.string().transform((text, context): PasswordHash => {
  const parsed = parsePasswordHash(text);
  if (parsed) return parsed;
  context.addIssue({ code: "custom", message: "expected scrypt$N$r$p$salt$hash" });
  return z.NEVER;
});
const schema = z.strictObject({
  users: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[^:\s]+$/, "expected a name without colon and white space"),
        role: z.enum(["read", "write"]),
        states: z.array(z.string().min(1)).min(1),
        hashes: z.array(hash).min(1).max(2),
      }),
    )
    .min(1)
    .refine((users) => new Set(users.map(({ name }) => name)).size === users.length, "a name stands there twice"),
});

type User = z.infer<typeof schema>["users"][number];

interface Loaded {
  readonly stamp: string;
  readonly users: ReadonlyMap<string, User>;
  /** Pairs that were right, as keyed digests: scrypt is meant to be slow, and every request carries the password. */
  readonly verified: Set<string>;
  /** Pairs that are being checked: many requests of one client are one check. */
  readonly checking: Map<string, Promise<boolean>>;
}

/** Told of a changed file that can't be used; the users from before stay. */
type UsersProblem = (problem: UserError) => void;

/**
 * Users from a file, read again when it changes. A change to something unusable keeps the users from before and is reported:
 * a typo must not lock everybody out in the middle of an apply.
 * Throws UserError `users-file` where the file can't be used at the start.
 */
export async function usersFromFile(
  path: string,
  report: UsersProblem,
  checks = new PasswordChecks(),
): Promise<Authenticator> {
  let loaded = await load(path);
  let refused = "";
  const key = randomBytes(32);
  // Unknown names are checked against a hash of nobody, so that the time does not tell who exists.
  const nobody = parsePasswordHash(await hashPassword(randomBytes(16).toString("hex")));

  const refresh = async (): Promise<Loaded> => {
    const stamp = await stampOf(path);
    if (stamp === loaded.stamp || stamp === refused) return loaded;
    try {
      loaded = await load(path);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      refused = stamp;
      report(error);
    }
    return loaded;
  };

  return {
    async authenticate(name, password) {
      const { users, verified, checking } = await refresh();
      const user = users.get(name);
      const pair = createHmac("sha256", key)
        .update(JSON.stringify([name, password]))
        .digest("hex");
      if (user && verified.has(pair)) return identityOf(user);
      const hashes = user?.hashes ?? (nobody ? [nobody] : []);
      let check = checking.get(pair);
      if (check === undefined) {
        check = checks.run(() => fitsOne(password, hashes)).finally(() => checking.delete(pair));
        checking.set(pair, check);
      }
      if (!(await check) || !user) return undefined;
      verified.add(pair);
      return identityOf(user);
    },
  };
}

/** One after the other: a password is checked on one thread. */
async function fitsOne(password: string, hashes: readonly PasswordHash[]): Promise<boolean> {
  for (const expected of hashes) if (await verifyPassword(password, expected)) return true;
  return false;
}

function identityOf({ name, role, states }: User): Identity {
  return { name, role, mayUse: (state) => states.some((glob) => matchesGlob(glob, state)) };
}

/** Changes with the file; empty where it can't be looked at. */
async function stampOf(path: string): Promise<string> {
  try {
    const { ino, size, mtimeMs, ctimeMs } = await stat(path);
    return [ino, size, mtimeMs, ctimeMs].join(" ");
  } catch {
    return "missing";
  }
}

async function load(path: string): Promise<Loaded> {
  const stamp = await stampOf(path);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw usersFileUnusable(path, error instanceof Error ? error.message : "not readable");
  }
  const users = new Map(readUsers(path, text).map((user) => [user.name, user]));
  return { stamp, users, verified: new Set(), checking: new Map() };
}

/** The users of a file's text. @throws UserError `users-file`. */
export function readUsers(path: string, text: string): readonly User[] {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    // The parser's message quotes the file's lines, and those hold hashes: only its first line is shown.
    throw usersFileUnusable(path, error instanceof Error ? (error.message.split("\n")[0] ?? "") : "not readable");
  }
  const { data, error } = schema.safeParse(value);
  if (!data)
    throw usersFileUnusable(path, error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; "));
  return data.users;
}
