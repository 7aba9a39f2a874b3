import { Decrypter, Encrypter } from "age-encryption";
import { UserError } from "../../lib/errors";

/** The setting that names the recipients, for messages. */
const ofBackups = "state.backup.recipients";

/**
 * Encrypts to every recipient (https://age-encryption.org/v1): any one of their identities opens it. The bytes stay in memory.
 * @throws UserError `bad-recipient` for one that is no public key; which one, by its place in the list.
 */
export async function encrypt(
  bytes: Buffer,
  recipients: readonly string[],
  setting: "state.backup.recipients" | "state.plan.recipients" = ofBackups,
): Promise<Buffer> {
  const encrypter = new Encrypter();
  recipients.forEach((recipient, index) => {
    try {
      encrypter.addRecipient(recipient);
    } catch {
      throw new UserError({
        code: "bad-recipient",
        key: `${setting}.${index}`,
        what: `${setting}.${index} is no age recipient: its checksum is wrong`,
        expected: "a public key as `age-keygen` prints it, whole",
      });
    }
  });
  return Buffer.from(await encrypter.encrypt(bytes));
}

/**
 * Decrypts with whichever identity fits. What it returns was authenticated to the last byte.
 * @throws UserError `wrong-identity` where none fits, `backup-damaged` where the file is not what was written.
 */
export async function decrypt(file: Buffer, identities: readonly string[], name: string): Promise<Buffer> {
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  try {
    return Buffer.from(await decrypter.decrypt(file));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (/no identity matched/i.test(why)) {
      throw new UserError({
        code: "wrong-identity",
        what: `no identity of this file opens ${name}`,
        expected: "the identity of one of the recipients that its manifest names",
        remedy: "Look for the other key: `age-keygen -y KEYFILE` prints the recipient that a key belongs to",
      });
    }
    throw new UserError({
      code: "backup-damaged",
      what: `${name} is not what was written: ${why}`,
      expected: "an age file, whole and unchanged",
      remedy:
        "An earlier backup may be whole: flywheel restore-drill takes the newest, so move this one and its manifest away",
    });
  }
}
