import { existsSync, readFileSync } from "node:fs";
import { isMap, isSeq, parseDocument, YAMLSeq } from "yaml";
import { UserError } from "../errors";
import { writeFileAtomically } from "../files";
import { type LedgerEntry, parseLedger } from "./ledger";

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
  if (problems.length > 0) throw new UserError(problems);
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
  if (isMap(block)) for (const [key, value] of Object.entries(entry)) block.set(key, value);
  else states.items.push(document.createNode(entry));
  states.items.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  states.flow = false;
  document.set("states", states);
  return document.toString({ lineWidth: 0, flowCollectionPadding: /\{ /.test(text) });
}

function nameOf(item: unknown): string {
  return isMap(item) ? `${String(item.get("stack"))}-${String(item.get("environment"))}` : "";
}
