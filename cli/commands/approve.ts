import { existsSync } from "node:fs";
import { join } from "node:path";
import { configurationFolder } from "../../lib/config/load";
import { writeFileAtomically } from "../../lib/files";
import { homeFolder } from "../../lib/home";
import { forTerminal } from "../../lib/text/terminal";
import { allowedSigners } from "../../planning/approval/approval";
import { cannotSign, otherBundle } from "../../planning/approval/refusals";
import { sign, signatureFileOf, signers } from "../../planning/approval/signature";
import { sha256 } from "../../lib/sha256";
import { readReceipt, type Receipt } from "../../planning/bundle/receipt";
import { git } from "../../planning/difference/git";
import { readFileSync } from "node:fs";
import { ask } from "../ask";
import { nobodyToAsk } from "../refusals";
import { note, print, printJson } from "../terminal";

interface ApproveOptions {
  readonly key?: string;
  readonly yes?: true;
  readonly json?: true;
}

/** `flywheel approve`: shows what the receipt says, asks, and signs it with a key of ssh's. What an apply would refuse is not written. */
export async function approveCommand(receiptFile: string, options: ApproveOptions): Promise<void> {
  if (options.yes !== true && !process.stdin.isTTY) throw nobodyToAsk("--yes");
  const { receipt, bytes } = readReceipt(receiptFile);
  const bundle = receiptFile.replace(/\.receipt\.json$/, ".flyplan");
  const isHere = bundle !== receiptFile && existsSync(bundle);
  if (isHere && sha256(readFileSync(bundle)) !== receipt.bundle) throw otherBundle(receiptFile, bundle);
  const show = options.json === true ? note : print;
  for (const line of summary(receipt)) show(line);
  if (!isHere) note(`${bundle} is not here: whether it is what this receipt tells of is seen at the apply`);
  const configuration = configurationFolder();
  const { text } = allowedSigners(configuration);
  const key = options.key ?? defaultKey(configuration);
  if (options.yes !== true && (await ask(`Approve this? Only "yes" does: `)) !== "yes")
    throw cannotSign("it was not approved");
  const signature = sign(bytes, key);
  const file = signatureFileOf(receiptFile);
  const by = await signers({
    source: file,
    signature,
    bytes,
    makers: [receipt.who, ...(receipt.makers ?? [])],
    allowedSigners: text,
  });
  writeFileAtomically(file, signature);
  if (options.json === true) printJson({ ok: true, id: receipt.id, by, receipt: sha256(bytes), signature: file });
  else {
    print(`approved by ${forTerminal(by.join(", "))}: ${forTerminal(file)}`);
    print(`next: flywheel apply ${forTerminal(bundle)}`);
  }
}

function summary(receipt: Receipt): readonly string[] {
  const state =
    receipt.state === null ? "no state yet" : `lineage ${receipt.state.lineage}, serial ${receipt.state.serial}`;
  const changes = receipt.changes.map(({ address, action, attributes }) =>
    forTerminal(`  ${action.padEnd(8)} ${address}${attributes.length === 0 ? "" : `  (${attributes.join(", ")})`}`),
  );
  return [
    forTerminal(`${receipt.id}, planned by ${[receipt.who, ...(receipt.makers ?? [])].join(", ")} at ${receipt.at}`),
    forTerminal(`at ${receipt.place.location}: ${state}, generation ${receipt.generation}`),
    ...(receipt.destroy === true ? [`destroys ${forTerminal(receipt.id)}, all of it, for good`] : []),
    changes.length === 0 ? "changes nothing" : `changes ${changes.length}:`,
    ...changes,
    ...receipt.drift.map(({ address }) => forTerminal(`  drifted  ${address}`)),
    ...receipt.outputs.map((name) => forTerminal(`  output   ${name}`)),
  ];
}

/** The key that git signs with, where that is one of ssh's, else the usual one. */
function defaultKey(folder: string): string {
  const configured = git(folder, "config", "--get", "user.signingkey");
  const isSsh = git(folder, "config", "--get", "gpg.format").stdout.trim() === "ssh";
  const home = homeFolder() ?? "";
  if (isSsh && configured.ok) return configured.stdout.trim().replace(/^~\//, `${home}/`);
  const usual = join(home, ".ssh", "id_ed25519");
  if (home !== "" && existsSync(usual)) return usual;
  throw cannotSign("git's user.signingkey names no key of ssh's, and there is no ~/.ssh/id_ed25519");
}
