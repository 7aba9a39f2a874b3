import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { configurationFolder, loadConfiguration } from "../../lib/config/load";
import { readScope, scopeFile } from "../../lib/config/scope";
import { writeFileAtomically } from "../../lib/files";
import { readReceipt, receiptFileOf } from "../../planning/bundle/receipt";
import { type WhatItDoes, whatItDoes } from "../../planning/bundle/changes";
import { documentOf, initialize, planFile, show, withSession } from "../../planning/bundle/session";
import { outside, scopeText } from "../../planning/scope/scope";
import { outsideScope } from "../../planning/scope/refusals";
import { wrongOption } from "../refusals";
import { startRun } from "../runs";
import { note, print, printJson } from "../terminal";
import { checkCommand } from "./check";

/** `flywheel scope`: whether a plan is within what its stack's scope admits; `--write` makes one of it. */
export async function scopeCommand(
  target: string,
  options: { readonly write?: true; readonly json?: true },
): Promise<void> {
  const { id, does } = await planOf(target, options.json === true);
  const configuration = loadConfiguration(configurationFolder());
  const file = scopeFile(configuration, id);
  if (options.write === true) {
    if (outside(does, { admit: [] }).length === 0) return print(`${id}: this plan needs no scope`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileAtomically(file, scopeText(id, does));
    return print(`${file} admits exactly this plan. Commit it with the change, for review`);
  }
  const found = outside(does, readScope(configuration, id));
  if (options.json === true) printJson({ ok: found.length === 0, id, file, outside: found });
  if (found.length > 0) throw outsideScope(id, file, found, target);
  if (options.json !== true) print(`${id}: admitted`);
}

/** What a receipt says, or what a plan of the stack does now. */
async function planOf(
  target: string,
  quiet: boolean,
): Promise<{ id: string; does: Pick<WhatItDoes, "changes" | "drift"> }> {
  const file = /\.flyplan$/.test(target) ? receiptFileOf(target) : target;
  if (existsSync(file) && /\.json$/.test(file)) {
    const { receipt } = readReceipt(file);
    return { id: receipt.id, does: receipt };
  }
  if (/[./]/.test(target))
    throw wrongOption(`there is no file ${target}`, "a stack's id, NAME.receipt.json or NAME.flyplan");
  await checkCommand([target], {}, note);
  return withSession(startRun(target, quiet), async ({ runner }) => {
    const shown = { ...runner, output: "to stderr" as const };
    await initialize(shown);
    await show(shown, "plan", `-out=${planFile}`);
    return { id: target, does: whatItDoes((await documentOf(runner)).document) };
  });
}
