import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { backendType } from "../../lib/config/backends";
import { writeFileAtomically } from "../../lib/files";
import { countedActions } from "../preview/actions";
import { receiptUnreadable } from "./refusals";

const text = z.string().min(1).max(4096);
const sha256Text = z.string().regex(/^[0-9a-f]{64}$/, "a sha256");
const moment = z.iso.datetime({ offset: true });

/** One resource that the plan does something to, or that has drifted. No value of it. */
const changeSchema = z.strictObject({
  address: text,
  action: z.enum([...countedActions, "none"]),
  previous_address: text.optional(),
  imported: z.literal(true).optional(),
  /** An object that a replacement left behind, by its key. */
  deposed: text.optional(),
  /** The attributes that differ, as the engines write paths; those that only an apply tells are among them. */
  attributes: z.array(z.string()),
});

export type ReceiptChange = z.output<typeof changeSchema>;

/**
 * What a bundle is, in clear and without a value: what people review and sign. Everything that could move between review and apply
 * stands in it; an apply compares each. Encryption proves no sender: this document does, once it is approved.
 */
const receiptSchema = z.strictObject({
  version: z.literal(1),
  /** The stack's id, as typed: `attic-prod`. */
  id: text,
  /** `ann@laptop`: who made the plan, and so cannot approve it. */
  who: text,
  /** Who else had a part in the run that made it, as its platform says; they cannot approve it either. */
  makers: z.array(text).max(16).optional(),
  at: moment,
  /** The plan destroys the stack: it was made, and is made again, with the engine's `-destroy`. */
  destroy: z.literal(true).optional(),
  /** Of the bundle's bytes, as they lie beside this. */
  bundle: sha256Text,
  recipients: z.array(text).min(1),
  /** Trees of contents, not commits: a squash merge has another commit and the same trees. */
  program: sha256Text,
  configuration: sha256Text,
  /** `sha256:...`, what `flywheel contract` prints for this stack alone. */
  contract: text,
  place: z.strictObject({ backend: backendType, location: text }),
  /** The state that the plan was made on; null where there was none. */
  state: z.strictObject({ lineage: text, serial: z.number().int().min(0) }).nullable(),
  /** How often the state was moved; 0: never. */
  generation: z.number().int().min(0),
  engine: z.strictObject({ name: z.enum(["tofu", "terraform"]), version: text }),
  /** Of `.terraform.lock.hcl`; null where every provider was attached. */
  providers: sha256Text.nullable(),
  /** `uid` is null where the configuration names none. */
  cluster: z.strictObject({ context: text, uid: text.nullable() }),
  /** Of what the bundle holds: the synthesized JSON, the engine's plan, and its `show -json`. */
  synthesized: sha256Text,
  plan: sha256Text,
  document: sha256Text,
  /** In the order of addresses; what stays as it is where it is is left out. */
  changes: z.array(changeSchema),
  /** What is not as the state has it: `change`, or `destroy` for what is gone. */
  drift: z.array(changeSchema),
  /** The names of the outputs that change. */
  outputs: z.array(text),
});

export type Receipt = z.output<typeof receiptSchema>;

/** The bytes of a receipt: one form, so that a signature holds over them. */
export function encodeReceipt(receipt: Receipt): Buffer {
  return Buffer.from(`${JSON.stringify(receipt, null, 2)}\n`);
}

/** `NAME.receipt.json` of `NAME.flyplan`. */
export function receiptFileOf(bundleFile: string): string {
  return `${bundleFile.replace(/\.flyplan$/, "")}.receipt.json`;
}

/** A receipt as it lies in a file. `bytes` are what is signed. @throws UserError `receipt-unreadable`. */
export function readReceipt(file: string): { readonly receipt: Receipt; readonly bytes: Buffer } {
  if (!existsSync(file)) throw receiptUnreadable(file, "there is no such file");
  const bytes = readFileSync(file);
  let document: unknown;
  try {
    document = JSON.parse(bytes.toString("utf8"));
  } catch {
    throw receiptUnreadable(file, "this is not JSON");
  }
  const parsed = receiptSchema.safeParse(document);
  if (parsed.success) return { receipt: parsed.data, bytes };
  const [issue] = parsed.error.issues;
  throw receiptUnreadable(file, `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not a receipt"}`);
}

/** Writes a receipt whole. */
export function writeReceipt(file: string, receipt: Receipt): void {
  writeFileAtomically(file, encodeReceipt(receipt));
}
