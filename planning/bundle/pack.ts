import { z } from "zod";
import { bundleUnreadable } from "./refusals";

/** What a bundle holds, in clear: the engine's plan with secrets in it, so it is never in a file of this form but in a run's folder. */
export interface Pack {
  /** The engine's plan file. */
  readonly plan: Buffer;
  /** Its `show -json`, byte for byte. */
  readonly document: Buffer;
  /** The synthesized `cdk.tf.json`. */
  readonly synthesized: Buffer;
  /** `.terraform.lock.hcl`; undefined where there is none. */
  readonly providers?: Buffer;
}

const part = z.base64().transform((text) => Buffer.from(text, "base64"));
const schema = z.strictObject({
  version: z.literal(1),
  plan: part,
  document: part,
  synthesized: part,
  providers: part.optional(),
});

/** The bytes that are encrypted. */
export function encodePack({ plan, document, synthesized, providers }: Pack): Buffer {
  const text = (bytes: Buffer) => bytes.toString("base64");
  return Buffer.from(
    JSON.stringify({
      version: 1,
      plan: text(plan),
      document: text(document),
      synthesized: text(synthesized),
      ...(providers === undefined ? {} : { providers: text(providers) }),
    }),
  );
}

/** What decrypted bytes hold. Nothing of them is ever in a message. @throws UserError `bundle-unreadable`. */
export function decodePack(bytes: Buffer, file: string): Pack {
  let document: unknown;
  try {
    document = JSON.parse(bytes.toString("utf8"));
  } catch {
    throw bundleUnreadable(file);
  }
  const parsed = schema.safeParse(document);
  if (!parsed.success) throw bundleUnreadable(file);
  return parsed.data;
}
