import { Decrypter, Encrypter } from "age-encryption";
import { badRecipient, wrongIdentity, backupDamaged } from "./refusals";
import { isNoIdentity } from "../../lib/foreign-words";
import { messageOf } from "../../lib/errors";

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
      throw badRecipient(setting, index);
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
    const why = messageOf(error);
    if (isNoIdentity(why)) throw wrongIdentity(name);
    throw backupDamaged(name, why);
  }
}
