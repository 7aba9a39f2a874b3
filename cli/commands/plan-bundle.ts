import { platformActors } from "../../lib/operator";
import { makeBundle, requireRecipients } from "../../planning/bundle/make";
import { receiptFileOf } from "../../planning/bundle/receipt";
import { initialize, withSession } from "../../planning/bundle/session";
import { placeOfFolder } from "../../lib/config/folder-instances";
import { folderHasNone } from "../../lib/config/refusals";
import { allowedData, warnings } from "../destroy/review";
import { whoAmI } from "../who";
import { wrongOption } from "../refusals";
import { confirmIfNew } from "../new-state";
import { openBeside, startRun } from "../runs";
import { note, print, printJson } from "../terminal";
import { checkCommand } from "./check";

/** The options of `flywheel plan`. */
export interface PlanCommandOptions {
  readonly json?: true;
  readonly readOnly?: true;
  /** A file for the bundle. */
  readonly out?: string;
  readonly autoApprove?: true;
  readonly destroy?: true;
}

/**
 * `flywheel plan --out`: check, and a plan as a bundle, with its receipt beside it. Of a destroy, once everything that holds data may go.
 */
export async function planBundle(id: string, out: string, options: PlanCommandOptions): Promise<void> {
  const { json, readOnly, autoApprove } = options;
  const destroy = options.destroy === true;
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
    const data = destroy ? await allowedData(session) : undefined;
    if (!destroy) await confirmIfNew(session.configuration, session.stack, autoApprove === true);
    const receipt = await withSession(session, async (opened) => {
      await initialize(opened.runner);
      if (data !== undefined) for (const line of warnings(opened, data)) (json === true ? note : print)(line);
      return makeBundle(opened, beside, out, {
        who: whoAmI(),
        makers: platformActors(process.env).slice(1),
        readOnly: readOnly === true,
        destroy,
      });
    });
    if (json === true) return printJson({ ok: true, bundle: out, receipt });
    print(
      `${out} is the plan${destroy ? `, which destroys ${id}` : ""}, for who can open it; ${receiptFileOf(out)} is what it does, for review\n` +
        `sha256 ${receipt.bundle}\nWhen it is reviewed: flywheel apply ${out} --identity KEYFILE`,
    );
  } finally {
    beside.close();
  }
}
