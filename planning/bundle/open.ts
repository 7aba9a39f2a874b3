import { existsSync, readFileSync } from "node:fs";
import { decrypt } from "../../authority/backup/age";
import { canonicalJson } from "../../lib/backend/contract-document";
import { UserError } from "../../lib/errors";
import { sha256 } from "../../lib/sha256";
import { type PlanDocument, readPlan } from "../preview/plan-document";
import { whatItDoes } from "./changes";
import { decodePack, type Pack } from "./pack";
import { type Receipt, readReceipt, receiptFileOf } from "./receipt";
import { bundleDamaged, bundleMissing, notForThisIdentity, otherBundle, receiptDiffers } from "./refusals";

/** A bundle beside its receipt, not opened yet: all that needs no key was compared. */
export interface ClosedBundle {
  readonly file: string;
  readonly bytes: Buffer;
  readonly receipt: Receipt;
  readonly receiptFile: string;
  /** The receipt's bytes: what is signed. */
  readonly receiptBytes: Buffer;
}

/** Reads a bundle and its receipt. @throws UserError where one is missing, or the receipt speaks of other bytes. */
export function readBundle(file: string): ClosedBundle {
  if (!existsSync(file)) throw bundleMissing(file);
  const receiptFile = receiptFileOf(file);
  const { receipt, bytes: receiptBytes } = readReceipt(receiptFile);
  const bytes = readFileSync(file);
  const found = sha256(bytes);
  if (found !== receipt.bundle) throw otherBundle(file, receipt.bundle, found);
  return { file, bytes, receipt, receiptFile, receiptBytes };
}

/** What was in it. It holds secrets. */
export interface OpenBundle {
  readonly pack: Pack;
  readonly document: PlanDocument;
}

/**
 * Opens a bundle and compares it with the receipt, which is what was reviewed: every part by its hash, and what it does change by change.
 * @throws UserError `not-for-this-identity`, `bundle-damaged`, `receipt-differs`.
 */
export async function openBundle(
  { file, bytes, receipt, receiptFile }: ClosedBundle,
  identities: readonly string[],
): Promise<OpenBundle> {
  const pack = decodePack(await decrypted(bytes, identities, file), file);
  const document = readPlan(pack.document.toString("utf8"), receipt.engine.name);
  const does = whatItDoes(document);
  const held = {
    plan: sha256(pack.plan),
    document: sha256(pack.document),
    synthesized: sha256(pack.synthesized),
    providers: pack.providers === undefined ? null : sha256(pack.providers),
    changes: does.changes,
    drift: does.drift,
    outputs: does.outputs,
  };
  const different = Object.entries(held)
    .filter(([key, value]) => canonicalJson(value) !== canonicalJson(Reflect.get(receipt, key)))
    .map(([key]) => key);
  if (different.length > 0) throw receiptDiffers(receiptFile, different);
  return { pack, document };
}

async function decrypted(bytes: Buffer, identities: readonly string[], file: string): Promise<Buffer> {
  try {
    return await decrypt(bytes, identities, file);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw error.problems.some(({ code }) => code === "wrong-identity") ? notForThisIdentity(file) : bundleDamaged(file);
  }
}
