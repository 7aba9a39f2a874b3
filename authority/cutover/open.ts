import { contractOn, legacyContract } from "../../lib/backend/resolve";
import { type ContractOn, location, type StateContract } from "../../lib/backend/contract";
import { otherBackend, type MovableBackend } from "../../lib/config/backends";
import { type Configuration, type StackInstance } from "../../lib/config/load";
import { writeFlag } from "../../lib/config/flag-file";
import { ledgerEntry } from "../../lib/config/ledger";
import { writeLedgerEntry } from "../../lib/config/ledger-file";
import { configuredS3Store } from "../stores/configured-store";
import { openLegacyPlace, openStateStore } from "../state/open-state-store";
import { stateKey as keyOf } from "../state/state-key";
import { type StateStore } from "../state/state-store";
import { type ObjectStore } from "../stores/object-store";
import { type CutoverOptions, type NamedPlace } from "./move";
import { noJournalBucket, notWhereLedgerSays } from "./refusals";

interface Move {
  readonly to: MovableBackend;
  /** Leave this place instead of the one that the ledger names. */
  readonly from?: "legacy.gitlab";
}

/** Both ends of a move, opened, and the store of ours that keeps its journal. */
export interface OpenMove {
  readonly source: NamedPlace & { readonly contract: StateContract };
  readonly destination: NamedPlace & { readonly contract: StateContract };
  readonly store: ObjectStore;
  readonly stateKey: string;
  close(): void;
}

/** Opens both ends of a move. @throws UserError where one of them has no place, or the move has no store for its journal. */
export async function openMove(
  configuration: Configuration,
  stack: StackInstance,
  move: Move,
  environment: NodeJS.ProcessEnv,
): Promise<OpenMove> {
  if (configuration.organization.state.s3 === undefined) {
    const { source } = configuration.organization;
    throw noJournalBucket(source.file);
  }
  const legacy = move.from === undefined ? undefined : legacyContract(configuration, stack);
  const sourceContract = legacy ?? (await contractOn(otherBackend(move.to), configuration, stack, environment));
  const destinationContract = await contractOn(move.to, configuration, stack, environment);
  requireLedgerAgrees(configuration, stack, sourceContract, destinationContract);

  const { authority } = configuration.organization.state.s3;
  const opened: StateStore[] = [];
  const place = (contract: ContractOn<MovableBackend>, state: StateStore) => {
    opened.push(state);
    return { backend: contract.type, location: location(contract), state, contract };
  };
  const source = place(
    sourceContract,
    legacy === undefined
      ? openStateStore(sourceContract, environment, authority, "refused")
      : openLegacyPlace(legacy, environment),
  );
  const destination = place(
    destinationContract,
    openStateStore(destinationContract, environment, authority, "no state"),
  );
  const store = configuredS3Store(configuration, environment);
  return {
    source,
    destination,
    store,
    stateKey: keyOf(configuration, stack),
    close: () => {
      for (const state of opened) state.close();
      store.close();
    },
  };
}

/** A move starts where the ledger says the state is; one that has been completed is told again. */
function requireLedgerAgrees(
  configuration: Configuration,
  stack: StackInstance,
  source: StateContract,
  destination: StateContract,
): void {
  const entry = ledgerEntry(configuration.ledger, stack);
  if (entry === undefined || entry.location === location(source) || entry.location === location(destination)) return;
  throw notWhereLedgerSays(stack, { file: configuration.ledger.file, location: entry.location }, location(source));
}

/** A move in a checkout, as somebody types it there: what it records is this checkout's ledger and flag. */
export function cutoverOptions(
  { ledger, organization }: Configuration,
  stack: StackInstance,
  { store, stateKey, source, destination }: OpenMove,
  asked: Pick<CutoverOptions, "who" | "clock" | "progress">,
): CutoverOptions {
  const entry = ledgerEntry(ledger, stack);
  return {
    ...asked,
    id: stack.id,
    stack: stack.stack,
    environment: stack.environment,
    store,
    stateKey,
    source,
    destination,
    ledgerFile: ledger.file,
    ...(entry === undefined ? {} : { ledgerEntry: entry }),
    record: (written) => {
      // The ledger first: a flag without its entry is refused at synth, an entry without its flag too, and both say what to do.
      writeLedgerEntry(ledger.file, written);
      writeFlag(organization, stack, written.backend);
    },
  };
}
