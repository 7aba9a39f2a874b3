import { families } from "../../lib/backend/families";
import { location } from "../../lib/backend/contract";
import { contractOn } from "../../lib/backend/resolve";
import { isMovableBackend, movableBackends } from "../../lib/config/backends";
import { UserError } from "../../lib/errors";
import { forTerminal } from "../../lib/text/terminal";
import { newestBackup } from "../backup/catalogue";
import { Journal } from "../cutover/journal";
import { sealedTo } from "../cutover/seal";
import { heldLock } from "../state/held-lock";
import { lockSuffix, parseLockInfo } from "../state/lock-info";
import { openStateStore, readPlace, servedAt } from "../state/open-state-store";
import { stateKey } from "../state/state-key";
import { FileStore } from "../stores/file";
import { type ObjectStore } from "../stores/object-store";
import { S3Store } from "../stores/s3";
import { readGeneration } from "./generation";
import { statesElsewhere } from "./states-elsewhere";
import { type Trace, type TraceSearch } from "./trace";

/**
 * All that is there of a stack: states at either place, backups, versions, a generation, a move, a seal, and states in the bucket with its
 * lineage or addresses. @throws UserError where one of them cannot be looked at: "cannot tell" is never "nothing there".
 */
export async function findTraces(search: TraceSearch): Promise<readonly Trace[]> {
  const { configuration, stack, contract, environment } = search;
  const backup = await newestBackup(configuration, stack, environment);
  const found: Trace[] = [];
  if (backup !== undefined)
    found.push({
      what: `a backup of ${backup.at}, serial ${backup.serial}, lineage ${backup.lineage}, taken at ${forTerminal(backup.location)}`,
      remedy: `What is in the backup: flywheel restore-drill ${stack.id} --identity KEYFILE`,
    });
  found.push(...(await ofPlaces(search)));
  // No bucket ever held the state of a stack that no flag moves.
  if (!isMovableBackend(contract.type)) return found;
  if (search.fileStore !== undefined && servedAt(contract) !== undefined) {
    const store = await FileStore.open(search.fileStore);
    found.push(...(await inStore(store, stateKey(configuration, stack), location(contract), stack.id)));
  }
  if (families.s3.isConfigured(configuration.organization.state)) {
    const s3 = await contractOn("s3", configuration, stack, environment);
    const { authority } = configuration.organization.state.s3 ?? {};
    const store = new S3Store({ ...s3, authority, environment });
    try {
      found.push(...(await inStore(store, s3.key, families.s3.location(s3), stack.id)));
    } finally {
      store.close();
    }
    const lineages = [...search.lineages, ...(backup === undefined ? [] : [backup.lineage])];
    found.push(...(await statesElsewhere({ ...search, lineages }, s3)));
  }
  return found;
}

/** States at either place, and the seal of one that only a server keeps. */
async function ofPlaces(search: TraceSearch): Promise<readonly Trace[]> {
  const { configuration, stack, contract, environment } = search;
  const { state } = configuration.organization;
  const found: Trace[] = [];
  if (search.isThere)
    found.push({ what: `a state at ${location(contract)}`, remedy: `It is there: flywheel register ${stack.id}` });
  if (!isMovableBackend(contract.type)) return found;
  for (const backend of movableBackends) {
    if (backend === contract.type || !families[backend].isConfigured(state)) continue;
    const other = await contractOn(backend, configuration, stack, environment);
    if ((await readPlace(other, environment, state.s3?.authority)) !== undefined)
      found.push({
        what: `a state at ${location(other)}`,
        remedy: `Where that is its place, put the flag back to ${backend}, then: flywheel register ${stack.id}`,
      });
  }
  const isAsked = search.mayLock === true && search.fileStore === undefined;
  return isAsked ? [...found, ...(await sealOfServer(search))] : found;
}

/** The seal of a state behind a server that does not tell who holds a lock. */
async function sealOfServer({ configuration, stack, environment, clock, contract }: TraceSearch): Promise<Trace[]> {
  const isServed = servedAt(contract) !== undefined;
  if (!isServed && !families.http.isConfigured(configuration.organization.state)) return [];
  const served = isServed ? contract : await contractOn("http", configuration, stack, environment);
  const store = openStateStore(served, environment);
  try {
    return sealTraces(location(served), sealedTo(await heldLock(store, "flywheel register", clock)));
  } catch (error) {
    // Without locks there are no seals.
    if (error instanceof UserError && error.problems.every(({ code }) => code === "no-locking")) return [];
    throw error;
  } finally {
    store.close();
  }
}

/** What lies at the stack's own key in a store of ours, and beside it. */
async function inStore(store: ObjectStore, key: string, where: string, id: string): Promise<readonly Trace[]> {
  const found: Trace[] = [];
  const versions = await store.history(key);
  if (versions.length > 0)
    found.push({
      what: `${versions.length} version${versions.length === 1 ? "" : "s"} of ${where}, the last of ${versions[0]?.at.toISOString() ?? ""}`,
      remedy: `Earlier versions: flywheel history ${id}`,
    });
  const generation = await readGeneration(store, key);
  if (generation !== undefined)
    found.push({
      what: `generation ${generation.generation}, of a move to ${forTerminal(generation.location)}`,
      remedy: pull,
    });
  const journal = await Journal.peek(store, key);
  if (journal !== undefined)
    found.push({
      what: `the journal of a move to ${forTerminal(journal.to.location)}: ${journal.state}`,
      remedy: pull,
    });
  const lock = await store.read(key + lockSuffix);
  return [...found, ...sealTraces(where, sealedTo(lock === undefined ? undefined : parseLockInfo(lock.bytes)))];
}

const pull = "Pull the newest configuration: its ledger should name the place";

function sealTraces(where: string, moved: string | undefined): Trace[] {
  return moved === undefined
    ? []
    : [{ what: `a seal at ${where}: its state was moved to ${forTerminal(moved)}`, remedy: pull }];
}
