import { type CutoverOptions } from "../../authority/cutover/cutover";
import { describeCutover, type JournalRecord } from "../../authority/cutover/journal";
import { requireSameMove } from "../../authority/cutover/requirements";
import { type Configuration } from "../../lib/config/load";
import { isUncommitted } from "../../lib/config/uncommitted";
import { type Problem, refuseIfAny, UserError } from "../../lib/errors";

/** The ledger says where the state is, the organization's file where both places are: neither may be what nobody has reviewed. */
export function requireCommitted({ ledger, organization }: Configuration): void {
  const problems: Problem[] = [];
  const require = (code: string, file: string, what: string, expected: string) => {
    if (isUncommitted(file) === true) problems.push({ code, file, what: `${what} has changes that are not committed`, expected, remedy: "Commit it, or restore it; then run this again" });
  };
  require("ledger-uncommitted", ledger.file, "the ledger", "a reviewed ledger: it decides where the state is");
  require("organization-uncommitted", organization.source.file, "the organization's file", "reviewed places to move between, and a commit of this move that has nothing else in it");
  refuseIfAny(problems);
}

/** Refuses a dry run where what is under way would refuse the run itself. */
export function requireGoesOn(options: CutoverOptions, underWay: JournalRecord | undefined): void {
  if (underWay === undefined) return;
  requireSameMove(options, underWay);
  if (underWay.state !== "aborting") return;
  throw new UserError({ code: "cutover-aborting", what: `an abort is under way: ${describeCutover(underWay)}`, expected: "it to be finished first", remedy: `npx flywheel cutover ${options.id} --to ${underWay.to.backend} --abort` });
}
