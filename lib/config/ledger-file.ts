import { existsSync, readFileSync } from "node:fs";
import { type Document, isMap, isSeq, parseDocument, YAMLSeq } from "yaml";
import { refuseIfAny } from "../errors";
import { writeFileAtomically } from "../files";
import { type LedgerEntry, parseLedger, versionFor } from "./ledger";

const header =
  "# Where each state lives, as reviewed. Written by `flywheel register` and `flywheel cutover`; one block per state, sorted.\n";

/** Puts an entry into the ledger's file, in place of one for the same state; other blocks and all comments stay. */
export function writeLedgerEntry(file: string, entry: LedgerEntry): void {
  const text = existsSync(file) ? readFileSync(file, "utf8") : `${header}states: []\n`;
  writeFileAtomically(file, withEntry(file, text, entry));
}

/** The text of a ledger with `entry` in it, sorted by state name. @throws UserError for a text that is no ledger. */
export function withEntry(file: string, text: string, entry: LedgerEntry): string {
  const { problems } = parseLedger(file, text);
  refuseIfAny(problems);
  const document = parseDocument(text);
  const current = document.get("states");
  const states = isSeq(current) ? current : new YAMLSeq();
  // YAML gives a comment above the first block to the list; it is about the block, and goes where that goes.
  const [first] = states.items;
  if (isMap(first) && states.commentBefore !== undefined) {
    first.commentBefore = states.commentBefore;
    states.commentBefore = undefined;
  }
  const block = states.items.find((item) => nameOf(item) === `${entry.stack}-${entry.environment}`);
  if (isMap(block)) {
    for (const [key, value] of Object.entries(entry)) block.set(key, value);
    // An entry that is written anew or moved has no end.
    if (entry.ended === undefined) block.delete("ended");
    // A place is either sealed, and looked at, or forgotten.
    if (entry.forgotten !== undefined) block.delete("sealed");
    else if (entry.sealed !== undefined) block.delete("forgotten");
  } else states.items.push(document.createNode(entry));
  states.items.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  states.flow = false;
  document.set("states", states);
  const version = Math.max(versionFor(entry), Number(document.get("version") ?? 1));
  if (version > 1) setFirst(document, "version", version);
  return document.toString({ lineWidth: 0, flowCollectionPadding: /\{ /.test(text) });
}

function nameOf(item: unknown): string {
  return isMap(item) ? `${String(item.get("stack"))}-${String(item.get("environment"))}` : "";
}

/** Sets a key of the document that a reader should meet before all others. */
function setFirst(document: Document, key: string, value: number): void {
  if (document.has(key)) return document.set(key, value);
  document.set(key, value);
  const { contents } = document;
  if (!isMap(contents)) return;
  const added = contents.items.pop();
  if (added !== undefined) contents.items.unshift(added);
}
