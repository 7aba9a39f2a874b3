import { readFileSync } from "node:fs";
import { Decrypter } from "age-encryption";
import { identityFile } from "./refusals";
import { messageOf } from "../../lib/errors";

/**
 * The identities in a file as `age-keygen` writes it: one a line, `#` begins a comment. The file may be
 * /dev/stdin. Nothing of it is ever in a message.
 * @throws UserError `identity-file` where it can't be read or holds none.
 */
export function readIdentities(file: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw identityFile(file, `cannot be read: ${messageOf(error)}`);
  }
  return identitiesIn(text, file);
}

/** The same of a text; `source` is what messages call it. @throws UserError `identity-file`. */
export function identitiesIn(text: string, source: string): readonly string[] {
  const identities: string[] = [];
  text.split("\n").forEach((raw, index) => {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) return;
    try {
      new Decrypter().addIdentity(line);
    } catch {
      throw identityFile(source, "this line is no identity", index + 1);
    }
    identities.push(line);
  });
  if (identities.length === 0) throw identityFile(source, "there is no identity in it");
  return identities;
}
