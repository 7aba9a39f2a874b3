import { systemClock } from "../../authority/clock";
import { forgetSource } from "../../authority/cutover/forget";
import { configuredS3Store } from "../../authority/stores/configured-store";
import { stateKey } from "../../authority/state/state-key";
import { type Configuration, type StackInstance } from "../../lib/config/load";
import { ledgerEntry } from "../../lib/config/ledger";
import { writeLedgerEntry } from "../../lib/config/ledger-file";
import { print, printJson } from "../terminal";
import { requireCommitted } from "./may-begin";

/** `flywheel cutover <id> --forget-source`: the place that was left is looked at no more. Only the ledger is written. */
export async function forgetSourceCommand(
  configuration: Configuration,
  stack: StackInstance,
  { json }: { readonly json?: true },
): Promise<void> {
  requireCommitted(configuration);
  const entry = ledgerEntry(configuration.ledger, stack);
  const store = configuredS3Store(configuration, process.env);
  try {
    const forgotten = await forgetSource({
      id: stack.id,
      ...(entry === undefined ? {} : { ledgerEntry: entry }),
      store,
      stateKey: stateKey(configuration, stack),
      clock: systemClock,
    });
    writeLedgerEntry(configuration.ledger.file, forgotten);
    if (json === true) return printJson({ ok: true, entry: forgotten });
    print(
      `${stack.id}: ${forgotten.forgotten?.location ?? ""} is looked at no more. Its server may go when this is merged.`,
    );
    print(
      `Commit ${configuration.ledger.file}: it is of version 2 now, and programs that do not know that version refuse it.`,
    );
  } finally {
    store.close();
  }
}
