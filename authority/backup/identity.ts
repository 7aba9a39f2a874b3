import { readFileSync } from "node:fs";
import { Decrypter } from "age-encryption";
import { UserError } from "../../lib/errors";

/**
 * The identities in a file as `age-keygen` writes it: one a line, `#` begins a comment. The file may be
 * /dev/stdin. Nothing of it is ever in a message.
 * @throws UserError `identity-file` where it can't be read or holds none.
 */
export function readIdentities(file: string): readonly string[] {
  const refuse = (what: string, line?: number): never => {
    throw new UserError({
      code: "identity-file",
      file,
      ...(line === undefined ? {} : { line }),
      what,
      expected: "an identity file of age: a line that starts with AGE-SECRET-KEY-1",
      remedy: "`age-keygen -o KEYFILE` makes a pair; what opens a backup is the one that it was made for",
    });
  };
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    return refuse(`cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  const identities: string[] = [];
  text.split("\n").forEach((raw, index) => {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) return;
    try {
      new Decrypter().addIdentity(line);
    } catch {
      return refuse("this line is no identity", index + 1);
    }
    identities.push(line);
  });
  return identities.length > 0 ? identities : refuse("there is no identity in it");
}
