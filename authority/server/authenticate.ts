import { createHash, timingSafeEqual } from "node:crypto";
import { credentialsNeeded, serveNeedsCredentials, wrongCredentials } from "./refusals";

/** Who makes a request, and what they may do. */
export interface Identity {
  readonly name: string;
  /** `read` may only GET. */
  readonly role: "read" | "write";
  /** Whether this user has anything to do with the state of that name. */
  mayUse(state: string): boolean;
}

/** Tells users by name and password. Answers undefined for a wrong pair, and takes as long for an unknown name as for a known one. */
export interface Authenticator {
  authenticate(user: string, password: string): Promise<Identity | undefined>;
}

/** One writer for all states. */
export function singleWriter(user: string, password: string): Authenticator {
  const expected = [digest(user), digest(password)] as const;
  return {
    async authenticate(givenUser, givenPassword) {
      const userFits = timingSafeEqual(digest(givenUser), expected[0]);
      const passwordFits = timingSafeEqual(digest(givenPassword), expected[1]);
      return userFits && passwordFits ? { name: user, role: "write", mayUse: () => true } : undefined;
    },
  };
}

/**
 * The one writer of TF_HTTP_USERNAME and TF_HTTP_PASSWORD, the names that the engines' http backend reads too.
 * Throws UserError where one of them is missing or empty, or where the name holds a colon (basic auth can't carry it).
 */
export function singleWriterFromEnvironment(environment: Readonly<Record<string, string | undefined>>): Authenticator {
  const { TF_HTTP_USERNAME: user = "", TF_HTTP_PASSWORD: password = "" } = environment;
  if (user === "" || password === "" || user.includes(":")) {
    throw serveNeedsCredentials();
  }
  return singleWriter(user, password);
}

/** The user of an Authorization header. Throws HttpProblem 401 without telling which part was wrong. */
export async function identify(authenticator: Authenticator, header: string | undefined): Promise<Identity> {
  const [, encoded] = /^basic +([a-z0-9+/=]+)$/i.exec(header ?? "") ?? [];
  if (encoded === undefined) throw credentialsNeeded();
  const [user, ...rest] = Buffer.from(encoded, "base64").toString("utf8").split(":");
  const identity = await authenticator.authenticate(user ?? "", rest.join(":"));
  if (!identity) throw wrongCredentials();
  return identity;
}

// Digests have one length, which the comparison needs and which hides the password's.
function digest(value: string): Buffer {
  return createHash("sha256").update(value, "utf8").digest();
}
