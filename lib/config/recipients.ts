import { z } from "zod";
import { type Path } from "./source";
import { type Report } from "./report";
import { secretKey, notARecipient } from "./organization-refusals";

/** Age recipients. One text counts as a list of one: as a wrong type it would be repeated, and it may be the secret key. */
export const recipientList = z.preprocess(
  (value) => (typeof value === "string" ? [value] : value),
  z.array(z.string()).min(1, "at least one age recipient, age1..."),
);

/** Reports what is no public key. A secret key's text is not repeated. */
export function checkRecipients(path: Path, recipients: readonly string[], report: Report): void {
  recipients.forEach((recipient, index) => {
    const at = [...path, index];
    const key = at.join(".");
    if (/AGE-(SECRET-KEY|PLUGIN)/i.test(recipient)) {
      report(at, secretKey(key));
    } else if (!/^age1[02-9ac-hj-np-z]{20,}$/.test(recipient)) {
      report(at, notARecipient(key));
    }
  });
}
