import { openStateStore } from "../authority/state/open-state-store";
import { resolveContracts } from "../lib/backend/resolve";
import { type Configuration, type StackInstance } from "../lib/config/load";
import { ledgerEntry } from "../lib/config/ledger";
import { ask } from "./ask";
import { note } from "./terminal";
import { newAndNobodyToAsk, notPlanned } from "./refusals";

/**
 * Whether the ledger says `new` of a stack and there is still no state: a plan of it makes everything. Says so on stderr.
 * @throws UserError where its place cannot be read.
 */
export async function tellIfNew(configuration: Configuration, stack: StackInstance): Promise<boolean> {
  if (ledgerEntry(configuration.ledger, stack)?.lineage !== "new") return false;
  const contract = (await resolveContracts(configuration, [stack], process.env)).get(stack.id);
  if (contract === undefined) return false;
  const store = openStateStore(contract, process.env, configuration.organization.state.s3?.authority);
  const found = await store.read().finally(() => store.close());
  if (found !== undefined) return false;
  note(
    `note: ${stack.id} is new by the ledger, and there is no state at ${store.location}: everything in this plan would be made anew`,
  );
  return true;
}

/** Asks before a new stack is planned. @throws UsageError where there is nobody to ask, UserError for any answer but "yes". */
export async function confirmIfNew(
  configuration: Configuration,
  stack: StackInstance,
  autoApprove: boolean,
): Promise<void> {
  if (!(await tellIfNew(configuration, stack)) || autoApprove) return;
  if (!process.stdin.isTTY) throw newAndNobodyToAsk(stack.id);
  if ((await ask(`Plan ${stack.id} on an empty state? Only "yes" does: `)) !== "yes")
    throw notPlanned(stack.id, configuration.ledger.file);
}
