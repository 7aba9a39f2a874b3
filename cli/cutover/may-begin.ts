import { type CutoverOptions } from "../../authority/cutover/move";
import { type JournalRecord } from "../../authority/cutover/journal";
import { abortUnderWay, requireSameMove } from "../../authority/cutover/refusals";
import { type Configuration } from "../../lib/config/load";
import { isUncommitted } from "../../lib/config/uncommitted";
import { UserError } from "../../lib/errors";
import { note } from "../terminal";

/** Refuses a ledger that nobody has reviewed. What else a commit of this move would hold is told. */
export function requireCommitted({ ledger, organization }: Configuration): void {
  if (isUncommitted(ledger.file) === true) {
    throw new UserError({
      code: "ledger-uncommitted",
      file: ledger.file,
      what: "the ledger has changes that are not committed",
      expected: "a reviewed ledger: it decides where the state is",
      remedy: "Commit it, or restore it; then run this again",
    });
  }
  const { file } = organization.source;
  if (isUncommitted(file) === true)
    note(`note: ${file} has changes that are not committed: they would go into the same commit as this move's flag`);
}

/** Refuses a dry run where what is under way would refuse the run itself. */
export function requireGoesOn(options: CutoverOptions, underWay: JournalRecord | undefined): void {
  if (underWay === undefined) return;
  requireSameMove(options, underWay);
  if (underWay.state === "aborting") throw abortUnderWay(options.id, underWay);
}
