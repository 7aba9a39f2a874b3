import { z } from "zod";
import { type Code } from "../errors";
import { type Path } from "./source";

/** Age recipients. One text counts as a list of one: as a wrong type it would be repeated, and it may be the secret key. */
export const recipientList = z.preprocess(
  (value) => (typeof value === "string" ? [value] : value),
  z.array(z.string()).min(1, "at least one age recipient, age1..."),
);

type Report = (code: Code, path: Path, what: string, expected: string) => void;

/** Reports what is no public key. A secret key's text is not repeated. */
export function checkRecipients(path: Path, recipients: readonly string[], report: Report): void {
  recipients.forEach((recipient, index) => {
    const at = [...path, index];
    const key = at.join(".");
    if (/AGE-(SECRET-KEY|PLUGIN)/i.test(recipient)) {
      report(
        "secret-in-file",
        at,
        `"${key}" is a secret key`,
        "the public key, age1...: `age-keygen -y KEYFILE` prints it. Make a new key if this one was committed",
      );
    } else if (!/^age1[02-9ac-hj-np-z]{20,}$/.test(recipient)) {
      report(
        "invalid-setting",
        at,
        `"${key}" is no age recipient`,
        "a public key that starts with age1, as `age-keygen` prints it",
      );
    }
  });
}
