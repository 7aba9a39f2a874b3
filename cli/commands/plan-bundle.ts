import { platformActors } from "../../lib/operator";
import { makeBundle, requireRecipients } from "../../planning/bundle/make";
import { receiptFileOf } from "../../planning/bundle/receipt";
import { initialize, withSession } from "../../planning/bundle/session";
import { placeOfFolder } from "../../lib/config/folder-instances";
import { folderHasNone } from "../../lib/config/refusals";
import { whoAmI } from "../who";
import { wrongOption } from "../refusals";
import { confirmIfNew } from "../new-state";
import { openBeside, startRun } from "../runs";
import { note, print, printJson } from "../terminal";
import { checkCommand } from "./check";

/** `flywheel plan --out`: check, and a plan as a bundle, with its receipt beside it. */
export async function planBundle(
  id: string,
  out: string,
  { json, readOnly, autoApprove }: { readonly json?: true; readonly readOnly?: true; readonly autoApprove?: true },
): Promise<void> {
  if (!/[^/]\.flyplan$/.test(out)) throw wrongOption(`--out is "${out}"`, "NAME.flyplan");
  const session = startRun(id, json === true);
  if (session.stack.folder !== undefined)
    throw folderHasNone(
      placeOfFolder(session.stack),
      id,
      "bundle",
      "a receipt names the program that the plan is of, and this HCL is no part of it",
    );
  requireRecipients(session);
  const beside = await openBeside(session);
  try {
    await checkCommand([id], readOnly === true ? { readOnly } : {}, note);
    await confirmIfNew(session.configuration, session.stack, autoApprove === true);
    const receipt = await withSession(session, async (opened) => {
      await initialize(opened.runner);
      return makeBundle(opened, beside, out, {
        who: whoAmI(),
        makers: platformActors(process.env).slice(1),
        readOnly: readOnly === true,
      });
    });
    if (json === true) return printJson({ ok: true, bundle: out, receipt });
    print(
      `${out} is the plan, for who can open it; ${receiptFileOf(out)} is what it does, for review\n` +
        `sha256 ${receipt.bundle}\nWhen it is reviewed: flywheel apply ${out} --identity KEYFILE`,
    );
  } finally {
    beside.close();
  }
}
