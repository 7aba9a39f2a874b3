import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { withTemporaryFolder, writeFileAtomically } from "../../lib/files";
import { cannotSign, signatureInvalid, signedByMaker } from "./refusals";

/** What the signature is for: one for another purpose never passes for it. */
export const namespace = "flywheel-receipt";

/** The file with the signature of `NAME.receipt.json`. */
export const signatureFileOf = (receiptFile: string) => `${receiptFile}.sig`;

interface Keygen {
  readonly args: readonly string[];
  readonly input: Buffer;
  /** Whether it may tell and ask the operator, who has a key with a passphrase. */
  readonly asks?: true;
}

function sshKeygen({ args, input, asks }: Keygen): { ok: boolean; stdout: string; said: string } {
  const { status, stdout, stderr, error } = spawnSync("ssh-keygen", ["-Y", ...args], {
    input,
    encoding: "utf8",
    stdio: ["pipe", "pipe", asks === true ? "inherit" : "pipe"],
  });
  // ssh-keygen may close its stdin before all is written: that is no failure.
  if (error !== undefined && !("code" in error && error.code === "EPIPE"))
    throw cannotSign(`cannot run ssh-keygen: ${error.message}`);
  // What was printed to the operator is not kept.
  return { ok: status === 0, stdout, said: (asks === true ? "" : stderr).trim().split("\n").at(-1) ?? "" };
}

/** Signs a receipt's bytes with a key of ssh's, and returns the armoured signature. @throws UserError `cannot-sign`. */
export function sign(bytes: Buffer, key: string): string {
  const { ok, stdout } = sshKeygen({ args: ["sign", "-n", namespace, "-f", key], input: bytes, asks: true });
  if (ok && stdout.startsWith("-----BEGIN SSH SIGNATURE-----")) return stdout;
  throw cannotSign(`ssh-keygen did not sign with ${key}`);
}

export interface SignedReceipt {
  /** Where the signature comes from, for messages. */
  readonly source: string;
  readonly signature: string;
  readonly bytes: Buffer;
  /** Everybody who had a part in making the plan, as far as that is known. */
  readonly makers: readonly string[];
  /** The text of allowed_signers, from the main branch. */
  readonly allowedSigners: string;
}

/**
 * The names of the key that signed a receipt, all of them.
 * @throws UserError `signature-invalid`, `signed-by-maker` where one of them is a maker's: what a name proves is one person.
 */
export async function signers(signed: SignedReceipt): Promise<readonly string[]> {
  const { source, signature, bytes, makers, allowedSigners } = signed;
  return withTemporaryFolder((folder) => {
    const [allowed, sig] = [join(folder, "allowed_signers"), join(folder, "signature")];
    writeFileAtomically(allowed, allowedSigners, 0o600);
    writeFileAtomically(sig, signature, 0o600);
    const found = sshKeygen({ args: ["find-principals", "-s", sig, "-f", allowed], input: bytes });
    if (!found.ok)
      throw signatureInvalid(source, "the main branch's allowed_signers do not list its key, or it is no signature");
    const names = found.stdout
      .split(/[\n,]/)
      .map((name) => name.trim())
      .filter((name) => name !== "");
    // A pattern stands for anybody, its maker included.
    const pattern = names.find((name) => /[*?!]/.test(name));
    if (pattern !== undefined)
      throw signatureInvalid(source, `its key is listed for "${pattern}", which is no person's name`);
    for (const name of names) {
      const args = ["verify", "-f", allowed, "-I", name, "-n", namespace, "-s", sig];
      const { ok, said } = sshKeygen({ args, input: bytes });
      if (!ok) throw signatureInvalid(source, said);
    }
    for (const name of names) {
      const maker = makers.find((one) => isSamePerson(one, name));
      if (maker !== undefined) throw signedByMaker(source, name, maker);
    }
    return Promise.resolve(names);
  });
}

/** `ann@laptop` and `Ann@example.org` are one person, so that a second machine makes no second person. */
export function isSamePerson(a: string, b: string): boolean {
  const name = (text: string) => text.split("@")[0]?.trim().toLowerCase();
  return name(a) === name(b);
}
