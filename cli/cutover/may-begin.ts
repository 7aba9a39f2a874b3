import { type CutoverOptions } from "../../authority/cutover/move";
import { type JournalRecord } from "../../authority/cutover/record";
import { abortUnderWay, requireSameMove } from "../../authority/cutover/refusals";
import { type Configuration } from "../../lib/config/load";
import { commitmentOf } from "../../lib/config/uncommitted";
import { ledgerUncommitted, ledgerUnknown } from "../refusals";
import { note } from "../terminal";

/**
 * Refuses a ledger that nobody has reviewed, and one of which nobody can tell. What else a commit of this move would hold is told, and
 * also that a ledger in no repository is nobody's to review.
 */
export function requireCommitted({ ledger, organization }: Configuration): void {
  const commitment = commitmentOf(ledger.file);
  if (commitment === "uncommitted") throw ledgerUncommitted(ledger.file);
  if (commitment === "no repository")
    note(`note: ${ledger.file} is in no git repository: nobody else hears of this move but by that file`);
  else if (commitment !== "committed") throw ledgerUnknown(ledger.file, commitment.unknown);
  const { file } = organization.source;
  if (commitmentOf(file) === "uncommitted")
    note(`note: ${file} has changes that are not committed: they would go into the same commit as this move's flag`);
}

/** Refuses a dry run where what is under way would refuse the run itself. */
export function requireGoesOn(options: CutoverOptions, underWay: JournalRecord | undefined): void {
  if (underWay === undefined) return;
  requireSameMove(options, underWay);
  if (underWay.state === "aborting") throw abortUnderWay(options.id, underWay);
}
