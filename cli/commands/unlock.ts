import { sealedTo } from "../../authority/cutover/seal";
import { openFamilies } from "../../authority/state/backends";
import { Journal } from "../../authority/cutover/journal";
import { isLiveAt } from "../../authority/cutover/live";
import { isUnfinished } from "../../authority/cutover/record";
import { openBucket, otherDoor } from "../../authority/check/places";
import { type S3Store } from "../../authority/stores/s3";
import { readGeneration } from "../../authority/ledger/generation";
import { heldLock, isUnnamed } from "../../authority/state/held-lock";
import { openStateStore } from "../../authority/state/open-state-store";
import { locked } from "../../authority/refusals";
import { isMovable } from "../../authority/state/movable";
import { stateKey } from "../../authority/state/state-key";
import { type StateStore } from "../../authority/state/state-store";
import { systemClock } from "../../authority/clock";
import { type StateContract } from "../../lib/backend/contract";
import { resolveContracts } from "../../lib/backend/resolve";
import { type Configuration, configurationFolder, loadConfiguration, type StackInstance } from "../../lib/config/load";
import { ledgerEntry } from "../../lib/config/ledger";
import { selectStacks } from "../../lib/config/select";
import { erroredStateOf } from "../../lib/engine/errored-state";
import { erroredStateLeft } from "../../lib/engine/refusals";
import { formatProblem, UserError } from "../../lib/errors";
import { whoAmI } from "../who";
import { lockOfACutover } from "../refusals";
import { note, print, printJson } from "../terminal";
import { notLocked, lockOfACutoverUnderWay, sealOfACutover } from "./refusals";

/** `flywheel unlock`: gives back the lock of a client that died. A seal and the lock of a running cutover are not such locks. */
export async function unlockCommand(id: string, lockId: string, options: { readonly json?: true }): Promise<void> {
  const configuration = loadConfiguration(configurationFolder());
  const [stack] = selectStacks(configuration, [id]);
  if (stack === undefined) return;
  const contracts = await resolveContracts(configuration, [stack], process.env);
  const contract = contracts.get(id);
  if (contract === undefined) return;
  if (isMovable(configuration, stack)) await refuseCutoverLocks(configuration, stack, lockId, contract);
  // By its mark: an old checkout knows nothing of the move, and an HTTP server does not say who holds its lock.
  const mark = sealedTo({ ID: lockId });
  if (mark !== undefined && !(await isLivePlace(configuration, stack, contract))) throw sealOfACutover(id, mark);
  const place = openStateStore(contract, process.env, configuration.organization.state.s3?.authority);
  const other = await openOther(configuration, stack, contract);
  try {
    const where = await giveBack(id, lockId, place, other);
    if (options.json === true) printJson({ ok: true, location: where });
    else print(`${id}: the lock ${lockId} is given back${where === place.location ? "" : `, at ${where}`}`);
    const left = erroredStateOf(stack);
    if (left !== undefined) note(formatProblem(erroredStateLeft(stack.id, left)));
  } finally {
    place.close();
    other?.close();
  }
}

/** Gives the lock back where it is: at the place that the flag names, or at the other one. Returns that place. */
async function giveBack(id: string, lockId: string, place: StateStore, other: StateStore | undefined): Promise<string> {
  const holder = await heldLock(place, whoAmI(), systemClock);
  if (holder !== undefined && (holder.ID === lockId || isUnnamed(holder))) {
    await place.unlock(lockId, whoAmI());
    return place.location;
  }
  const mark = sealedTo({ ID: lockId });
  const there =
    other === undefined || mark !== undefined
      ? undefined
      : await heldLock(other, whoAmI(), systemClock).catch(unlessOut);
  if (other !== undefined && there?.ID === lockId) {
    await other.unlock(lockId, whoAmI());
    return other.location;
  }
  const moved = sealedTo(holder);
  if (moved !== undefined) throw sealOfACutover(id, moved);
  if (holder !== undefined) throw locked(place.location, holder);
  throw notLocked(id);
}

/** The place of the other backend, where there is a way to it. */
async function openOther(
  configuration: Configuration,
  stack: StackInstance,
  contract: StateContract,
): Promise<StateStore | undefined> {
  return otherDoor(configuration, stack, contract, process.env).catch(unlessOut);
}

/** What the other place does not tell is no reason to leave this one locked. */
function unlessOut(error: unknown): undefined {
  if (!(error instanceof UserError)) throw error;
  return undefined;
}

/** Whether the state is here by the bucket's own record: then a seal here is none. */
async function isLivePlace(
  configuration: Configuration,
  stack: StackInstance,
  contract: StateContract,
): Promise<boolean> {
  const { store } = reachableBucket(configuration, contract);
  if (store === undefined) return false;
  try {
    const key = stateKey(configuration, stack);
    return isLiveAt(contract, await readGeneration(store, key), await Journal.peek(store, key));
  } finally {
    store.close();
  }
}

/** The bucket of `state.s3`; who works through the HTTP server alone may have no credentials for it. */
function reachableBucket(
  configuration: Configuration,
  contract: StateContract,
): { readonly store?: S3Store; readonly withoutKeys?: true } {
  const { bucket, note: notLookedAt } = openBucket(configuration, process.env, !openFamilies[contract.type].isInBucket);
  bucket?.raw.close();
  return bucket !== undefined ? { store: bucket.store } : notLookedAt === undefined ? {} : { withoutKeys: true };
}

/** Without the bucket's journal only the holder itself can say that it is a cutover. */
async function refuseUnknownCutover(
  configuration: Configuration,
  stack: StackInstance,
  lockId: string,
  contract: StateContract,
): Promise<void> {
  note("the bucket was not looked at (no AWS credentials): whether a cutover is under way stands there");
  const place = openStateStore(contract, process.env, configuration.organization.state.s3?.authority);
  try {
    const holder = await heldLock(place, whoAmI(), systemClock);
    if (holder?.ID === lockId && holder.Operation === "cutover") throw lockOfACutover(stack.id, holder);
  } finally {
    place.close();
  }
}

async function refuseCutoverLocks(
  configuration: Configuration,
  stack: StackInstance,
  lockId: string,
  contract: StateContract,
): Promise<void> {
  const sealed = ledgerEntry(configuration.ledger, stack)?.sealed;
  if (sealed?.lock === lockId) throw sealOfACutover(stack.id, ledgerEntry(configuration.ledger, stack)?.location ?? "");
  const { store, withoutKeys } = reachableBucket(configuration, contract);
  if (withoutKeys) return refuseUnknownCutover(configuration, stack, lockId, contract);
  if (store === undefined) return;
  try {
    const journal = await Journal.peek(store, stateKey(configuration, stack));
    if (!isUnfinished(journal) || ![journal.from.lock, journal.to.lock].includes(lockId)) return;
    throw lockOfACutoverUnderWay(stack.id, journal);
  } finally {
    store.close();
  }
}
