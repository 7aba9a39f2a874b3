import { isAt, location, type StateContract } from "../../lib/backend/contract";
import { type Configuration, type StackInstance } from "../../lib/config/load";
import { ledgerEntry, type LedgerEntry } from "../../lib/config/ledger";
import { writeLedgerEntry } from "../../lib/config/ledger-file";
import { UserError } from "../../lib/errors";
import { generationOf } from "../state/live-place";
import { readPlace, servedAt } from "../state/open-state-store";
import { StoreUnavailable } from "../stores/object-store";
import { stateKey } from "../state/state-key";
import { summarizeState } from "../state/state-summary";
import { FileStore } from "../stores/file";
import { type Clock } from "../clock";
import { sha256 } from "../../lib/sha256";
import { noStateYet, notNew, alreadyRegistered, placeOfAnother, stateGone, noStateAt } from "./refusals";
import { type Trace } from "./trace";
import { findTraces } from "./traces";

interface RegisterOptions {
  readonly configuration: Configuration;
  readonly stack: StackInstance;
  readonly contract: StateContract;
  readonly environment: NodeJS.ProcessEnv;
  readonly clock: Clock;
  /** Read from this file store, which is what the server of the place has behind it, instead of asking that. */
  readonly fileStore?: string;
  /** Replace an entry that is there. */
  readonly repair?: boolean;
  /** There is nothing yet, and whoever runs this says so. @default no: nothing there is refused */
  readonly isNew?: boolean;
  /** Whether most addresses of a state are ones of this stack. */
  readonly hasItsAddresses: (bytes: Buffer) => Promise<boolean>;
}

/**
 * Reads a state where it lives and writes its ledger entry; with `isNew`, `new` stands for lineage and sha256 where there
 * is none yet: nowhere, with no trace of one.
 * @throws UserError where there is an entry already, the state can't be read, what is there is no state, or there is none and that was not
 * said or is contradicted by what lies elsewhere. Nothing is written then.
 */
export async function register(options: RegisterOptions): Promise<LedgerEntry> {
  const { configuration, stack, contract } = options;
  const known = ledgerEntry(configuration.ledger, stack);
  if (known !== undefined && options.repair !== true) {
    throw alreadyRegistered(configuration.ledger.file, stack, known);
  }
  const where = location(contract);
  const twin = [...configuration.ledger.entries].find(
    ([name, place]) => name !== stack.stateName && isAt(contract, place),
  );
  if (twin !== undefined) {
    throw placeOfAnother(configuration.ledger.file, where, [twin[0], stack.stateName]);
  }
  const found = describe(await read(options), where);
  if (found.lineage === "new" && known !== undefined && known.lineage !== "new") {
    throw stateGone(stack.id, configuration.ledger.file, known, where);
  }
  if (found.lineage === "new" || options.isNew === true)
    await requireNew(options, where, found.lineage, known?.lineage);
  const entry: LedgerEntry = {
    stack: stack.stack,
    environment: stack.environment,
    backend: contract.type,
    location: where,
    ...found,
    at: options.clock.now().toISOString(),
    generation: Math.max(known?.generation ?? 1, await keptGeneration(options, where)),
  };
  writeLedgerEntry(configuration.ledger.file, entry);
  return entry;
}

/** A stack is new where it was said to be, and nothing anywhere speaks against it. */
async function requireNew(options: RegisterOptions, where: string, ...known: (string | undefined)[]): Promise<void> {
  const { stack, isNew = false } = options;
  const lineages = known.flatMap((lineage) => (lineage === undefined || lineage === "new" ? [] : lineage));
  let traces: readonly Trace[] = [];
  try {
    traces = await findTraces({ ...options, lineages, isThere: known[0] !== "new", mayLock: isNew });
  } catch (error) {
    // It is refused in any case; a list of what was found is only help.
    if (isNew || !(error instanceof UserError)) throw error;
  }
  if (traces.length > 0) throw notNew(stack, where, traces);
  if (!isNew) throw noStateYet(stack.id, where);
}

/** The generation that the last cutover gave this very place: with a lower one the entry would be of an old checkout. */
async function keptGeneration(
  { configuration, stack, contract, environment }: RegisterOptions,
  where: string,
): Promise<number> {
  try {
    const kept = await generationOf(configuration, stack, contract, environment);
    return kept?.location === where ? kept.generation : 1;
  } catch (error) {
    // While the bucket is out the generation cannot be read. An entry that is too old is refused later.
    if (error instanceof StoreUnavailable) return 1;
    throw error;
  }
}

async function read({
  configuration,
  stack,
  contract,
  environment,
  fileStore,
}: RegisterOptions): Promise<Buffer | undefined> {
  if (fileStore === undefined || servedAt(contract) === undefined)
    return readPlace(contract, environment, configuration.organization.state.s3?.authority);
  return (await (await FileStore.open(fileStore)).read(stateKey(configuration, stack)))?.bytes;
}

function describe(bytes: Buffer | undefined, where: string): Pick<LedgerEntry, "lineage" | "serial" | "sha256"> {
  if (bytes === undefined) return { lineage: "new", serial: 0, sha256: "new" };
  const summary = summarizeState(bytes);
  if (typeof summary === "string") throw noStateAt(where, summary);
  return { lineage: summary.lineage, serial: summary.serial, sha256: sha256(bytes) };
}
